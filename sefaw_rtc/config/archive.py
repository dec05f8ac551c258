"""The keys of what is kept of consultations."""

from typing import Annotated

from sefaw_rtc.config.section import HIDDEN, Section
from sefaw_rtc.config.section import documented as _doc


class Archive(Section, frozen=True):
    """What is kept of consultations is sealed: each has a key of its own, and the site key seals those."""

    site_key_file: Annotated[
        str,
        _doc(
            "The site key, mode 0600: 32 bytes in base64. Best on another disk than the data: whoever copies one then "
            "has nothing. It is in no backup: keep a copy of it apart. Empty = `keys/site.key` in the data directory, "
            "made at the first start."
        ),
    ] = ""
    site_key: Annotated[str, _doc("That key itself, base64. Environment only.", extra={HIDDEN: True})] = ""
