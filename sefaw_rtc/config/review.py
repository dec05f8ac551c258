"""How consultations are chosen for the quality review, and by which forms they are reviewed."""

from typing import Annotated

import msgspec

from sefaw_rtc.config.section import Section
from sefaw_rtc.config.section import documented as _doc


class Review(Section, frozen=True):
    """The quality review: which consultations are chosen for it, and by which forms."""

    critical: Annotated[bool, _doc("Every consultation with a critical value is reviewed.")] = True
    new_doctor_first: Annotated[
        int,
        _doc("So many of the first consultations in which a doctor gives an opinion are reviewed.", ge=0, le=10_000),
    ] = 20
    random_per_mille: Annotated[int, _doc("Of the rest by lot, in 1/1000.", ge=0, le=1000)] = 50
    double_per_mille: Annotated[
        int, _doc("Of those chosen, read by two who do not see each other, in 1/1000.", ge=0, le=1000)
    ] = 100
    seed_file: Annotated[
        str,
        _doc(
            "The lot's secret seed, mode 0600, base64: with it a drawing can be checked, and foreseen. Empty = "
            "`keys/review.seed` in the data directory, made at the first start."
        ),
    ] = ""
    forms: Annotated[
        list[str],
        _doc("The forms that a chosen consultation is reviewed by, each in its newest version.", max_length=20),
    ] = msgspec.field(default_factory=lambda: ["radpeer", "remote-consultation"])
    forms_folder: Annotated[
        str, _doc("The site's own forms, a .json file each. Empty = `forms` in the data directory.")
    ] = ""
    reviewer_named: Annotated[bool, _doc("Whether a doctor is told who reviewed their consultation.")] = False
