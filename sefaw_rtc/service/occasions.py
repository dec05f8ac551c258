"""A consultation as DICOM names it."""

from datetime import UTC, datetime
from importlib import metadata

from recordings.dicom import Occasion
from sefaw_rtc.service.clock import US_PER_S
from signalling.ids import ConsultationId
from signalling.state import State


def occasion_of(consultation: ConsultationId, state: State, started_unix_us: int) -> Occasion:
    """Live or closed."""
    return Occasion(
        consultation=consultation,
        patient=state.patient,
        began=wall_time(started_unix_us),
        requester=state.requester,
        software=software(),
    )


def software() -> str:
    """This server's name for itself."""
    return metadata.version("sefaw-rtc")


def wall_time(unix_us: int) -> datetime:
    """In this machine's time zone: what the clock on the wall said."""
    return datetime.fromtimestamp(unix_us / US_PER_S, UTC).astimezone()
