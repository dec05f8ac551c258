"""How long what is kept of consultations is kept."""

from typing import Annotated

from sefaw_rtc.config.section import Section
from sefaw_rtc.config.section import documented as _doc

_MOST = 73_000  # days: two centuries


class Retention(Section, frozen=True):
    """Days from the end of a consultation on; 0 = until somebody erases it. A legal hold wins over all of them."""

    journal_days: Annotated[
        int,
        _doc(
            "The media as they came in, packet by packet. What can be played is made of them at the seal, and is read "
            "back first; pointers and views while somebody dragged are in them alone. 0 = as long as the media.",
            ge=0,
            le=_MOST,
        ),
    ] = 0
    media_days: Annotated[
        int,
        _doc("Sound and pictures of the call. Three years; look up what the law of the place wants.", ge=0, le=_MOST),
    ] = 1096
    pictures_days: Annotated[
        int,
        _doc("Pictures, voice messages and DICOM pictures that were brought into it. Fifteen years.", ge=0, le=_MOST),
    ] = 5479
    records_days: Annotated[
        int,
        _doc(
            "The consultation's log: who, what was said in the chat, opinions. Its key is destroyed then, and with it "
            "all the rest. Fifteen years.",
            ge=0,
            le=_MOST,
        ),
    ] = 5479
    index_days: Annotated[
        int,
        _doc("The row that lists show of an erased consultation: who asked whom, when, how it ended.", ge=0, le=_MOST),
    ] = 7305
