"""What looking together needs from wherever pictures are kept and made."""

from typing import Protocol

from sefaw_rtc.consultation import GrabFrame
from sefaw_rtc.service.host import Host
from signalling.ids import InstitutionId, StudyId
from signalling.looking import SeriesShared, StudyShared
from signalling.vocabulary import PictureSource


class Pictures(Protocol):
    """The studies that an institution has, here or in its PACS."""

    async def describe(
        self, study: StudyId, source: PictureSource, institution: InstitutionId
    ) -> tuple[StudyShared, list[SeriesShared]]:
        """What a folder says of a study: to be shared. `differs` is the consultation's to find out. Raises
        `NoSuchPictureError`, also for a study of another institution, and `SourceUnavailableError`."""


class Stills(Protocol):
    """Makes stills of what was transmitted."""

    def grab(self, host: Host, grab: GrabFrame) -> None:
        """Begin, without waiting. It ends in the study being shared (`handle_share`) and `handle_frozen`, or in
        `handle_freeze_failed`."""
