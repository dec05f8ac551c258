"""The institution's pictures become a consultation's: what a folder says of a study, told to the heart when it is
brought or named, and again, once a second at most, while it grows."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, cast

from sefaw_rtc import logs
from sefaw_rtc.dicom.port import DicomJson, NoSuchPictureError, Query, Source, SourceError
from sefaw_rtc.errors import UserError
from sefaw_rtc.service.host import Host
from signalling.ids import ConsultationId, InstitutionId, ParticipantId, SeriesId, StudyId
from signalling.looking import PicturePatient, SeriesShared, StudyShared
from signalling.vocabulary import PictureSource

_EVERY_S: Final = 1.0
_MOST_SERIES: Final = 512  # what a consultation takes at most
_MOST_INSTANCES: Final = 100_000
_MOST_NUMBER: Final = 0x7FFF_FFFF

log = logs.get("service")


class Described:
    """Implements `pictures.Pictures` over any sources."""

    def __init__(self, sources: Mapping[PictureSource, Source]) -> None:
        self._sources = sources

    async def describe(
        self, study: StudyId, source: PictureSource, institution: InstitutionId | None
    ) -> tuple[StudyShared, list[SeriesShared]]:
        """What it says of a study of this institution. None: asked of what was brought into a consultation."""
        kept = self._sources.get(source)
        if kept is None:
            raise NoSuchPictureError("there is no such source")
        found = await kept.studies(Query(institution, {"StudyInstanceUID": study}, limit=1))
        if not found:
            raise NoSuchPictureError("no such study")
        series = await kept.series(study, Query(institution, {}, limit=_MOST_SERIES))
        return study_of(found[0], source), [series_of(one, study) for one in series]


@dataclass
class _Growing:
    """`more` came since it was told last; `told` once at least."""

    more: bool = True
    told: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class _Describes(Protocol):
    async def describe(
        self, study: StudyId, source: PictureSource, institution: InstitutionId | None
    ) -> tuple[StudyShared, list[SeriesShared]]: ...


class Sharing:
    """One per server: which studies are growing in which consultation. `close` it."""

    def __init__(self, pictures: _Describes) -> None:
        self._pictures = pictures
        self._growing: dict[tuple[ConsultationId, StudyId], _Growing] = {}
        self._hushed = False

    def grown(self, host: Host, by: ParticipantId, study: StudyId) -> None:
        """Something of the study came into the consultation. `by` 0 = who brought it has no seat."""
        if self._hushed:
            return
        growing = self._growing.get((host.id, study))
        if growing is None:
            growing = self._growing[host.id, study] = _Growing()
            growing.task = asyncio.get_running_loop().create_task(self._follow(growing, host, by, study))
        growing.more = True

    async def settled(self, host: Host, study: StudyId) -> None:
        """Wait until the consultation has heard of the study; its last figures follow within a second."""
        growing = self._growing.get((host.id, study))
        if growing is not None:
            await growing.told.wait()

    def hush(self) -> None:
        """The server stops: what was not told is told when something more comes."""
        self._hushed = True
        for task in self._tasks():
            task.cancel()

    async def close(self) -> None:
        """After this nothing is told."""
        self.hush()
        await asyncio.gather(*self._tasks(), return_exceptions=True)

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [one.task for one in self._growing.values() if one.task is not None]

    async def _follow(self, growing: "_Growing", host: Host, by: ParticipantId, study: StudyId) -> None:
        try:
            while growing.more:
                growing.more = False
                await self._tell(host, by, study)
                growing.told.set()
                await asyncio.sleep(_EVERY_S)
        finally:
            growing.told.set()
            del self._growing[host.id, study]

    async def _tell(self, host: Host, by: ParticipantId, study: StudyId) -> None:
        try:
            shared, series = await self._pictures.describe(study, PictureSource.FOLDER, None)
            seated = any(one.participant == by for one in host.state.participants)
            who = by if seated else ParticipantId(0)
            host.act(lambda now: host.consultation.looking.handle_share(now, who, shared, series))
        except UserError as refused:
            log.info("pictures not shared", consultation=host.id, reason=refused.code)
        except SourceError as error:
            log.warning("pictures not shared", consultation=host.id, error=type(error).__name__)


# ---- the attributes as the wire has them ----------------------------------------------------------------------------


def study_of(study: DicomJson, source: PictureSource) -> StudyShared:
    """A QIDO-RS study as an event; what the wire has no room for is cut, what is no date is none."""
    return StudyShared(
        study=StudyId(str(_first(study, "0020000D"))),
        source=source,
        patient=PicturePatient(
            name=_name(study),
            identifier=_text(study, "00100020"),
            birth_date=_date(study, "00100030"),
            sex=_sex(study),
        ),
        description=_text(study, "00081030"),
        date=_date(study, "00080020"),
    )


def series_of(series: DicomJson, study: StudyId) -> SeriesShared:
    """A QIDO-RS series as an event."""
    return SeriesShared(
        study=study,
        series=SeriesId(str(_first(series, "0020000E"))),
        modality=_text(series, "00080060")[:16],
        description=_text(series, "0008103E"),
        number=_number(series, "00200011", 0, _MOST_NUMBER),
        instances=_number(series, "00201209", 1, _MOST_INSTANCES),
    )


def _first(dataset: DicomJson, tag: str) -> Any:
    values = dataset.get(tag, {}).get("Value") or [None]
    return values[0]


def _text(dataset: DicomJson, tag: str) -> str:
    value = _first(dataset, tag)
    return _plain("" if value is None else str(value))


def _plain(text: str) -> str:
    """Control characters are no text; 64 characters as DICOM has them."""
    return "".join(" " if ord(one) < 32 else one for one in text).strip()[:64]


def _name(dataset: DicomJson) -> str:
    """The component groups of a name, as PN writes them (PS3.5 6.2.1)."""
    value = _first(dataset, "00100010")
    if not isinstance(value, Mapping):
        return ""
    groups = cast("Mapping[str, Any]", value)
    return _plain("=".join(str(groups.get(one) or "") for one in ("Alphabetic", "Ideographic", "Phonetic")).rstrip("="))


def _date(dataset: DicomJson, tag: str) -> str:
    text = str(_first(dataset, tag) or "")
    return text if len(text) == 8 and text.isascii() and text.isdigit() else ""


def _sex(dataset: DicomJson) -> str:
    text = _text(dataset, "00100040")[:1].upper()
    return text if "A" <= text <= "Z" else ""


def _number(dataset: DicomJson, tag: str, least: int, most: int) -> int:
    value = _first(dataset, tag)
    return min(max(value, least), most) if isinstance(value, int) else least
