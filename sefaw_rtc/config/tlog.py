"""Whose transparency logs this node vouches for."""

from typing import Annotated

import msgspec

from sefaw_rtc.config.section import Section
from sefaw_rtc.config.section import documented as _doc


class Tlog(Section, frozen=True):
    """Being a partner's witness: signing that its log only ever grew. Nothing of its consultations is seen."""

    witness_name: Annotated[
        str,
        _doc(
            "This node's name as a witness, such as witness.county.example: once for all, for partners know it. Its "
            "key is `keys/witness.key` in the data directory, made at the first start. Empty = no witness.",
            max_length=200,
        ),
    ] = ""
    witness_for: Annotated[
        list[str],
        _doc("The partners' log keys, each as its node shows it: name+id+base64.", max_length=100),
    ] = msgspec.field(default_factory=list)
