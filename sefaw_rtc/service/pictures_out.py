"""Which pictures somebody may see, and where they are kept: those of a consultation are the studies that its log names,
those of an institution what its sources say is its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sefaw_rtc.dicom.cache import Cache
from sefaw_rtc.dicom.frames import Frames
from sefaw_rtc.dicom.port import Query, Source
from sefaw_rtc.errors import NotFound, UserError
from sefaw_rtc.service.finding import Found
from sefaw_rtc.service.services import Services
from signalling.ids import ConsultationId, InstitutionId, StudyId
from signalling.looking_state import Looking, SharedStudy
from signalling.vocabulary import ErrorCode, PictureSource

_CLOSED_KEPT = 64  # consultations read back: whoever looks at one asks some hundred times
_STUDIES_KEPT = 4096


@dataclass
class PicturesOut:
    """One per server."""

    sources: Mapping[PictureSource, Source]
    frames: Frames
    closed: Cache[Mapping[StudyId, SharedStudy]] = field(default_factory=lambda: Cache(_CLOSED_KEPT, lambda _one: 1))
    owned: Cache[PictureSource] = field(default_factory=lambda: Cache(_STUDIES_KEPT, lambda _one: 1))

    async def close(self) -> None:
        await self.frames.close()


class Visible(Protocol):
    """What one request may see. `root` is the DICOMweb service's address."""

    root: str

    async def source_of(self, study: StudyId) -> Source:
        """Where a study is that may be seen. Raises NotFound, or UserError while nobody has answered whose it is."""

    def search(self, query: Query) -> list[tuple[Source, Query]]:
        """Whom to ask for studies, and what."""


class InConsultation:
    """What is in the folder of a consultation."""

    def __init__(self, root: str, out: PicturesOut, studies: Mapping[StudyId, SharedStudy]) -> None:
        self.root = root
        self.out = out
        self._studies = studies

    async def source_of(self, study: StudyId) -> Source:
        shared = self._studies.get(study)
        if shared is None or shared.source not in self.out.sources:
            raise NotFound("study")
        if shared.differs and not shared.confirmed:
            raise UserError(ErrorCode.PATIENT_UNCONFIRMED)
        return self.out.sources[shared.source]

    def search(self, query: Query) -> list[tuple[Source, Query]]:
        asked = [uid for uid in query.matches.get("StudyInstanceUID", "").replace("\\", ",").split(",") if uid]
        found = []
        for kind, source in self.out.sources.items():
            named = [
                uid
                for uid, one in self._studies.items()
                if one.source is kind and (one.confirmed or not one.differs) and (not asked or uid in asked)
            ]
            if named:
                matches = {**query.matches, "StudyInstanceUID": ",".join(named)}
                found.append((source, Query(None, matches, query.limit, query.offset)))
        return found


class OfInstitution:
    """What an institution has, here and in its PACS."""

    def __init__(self, root: str, out: PicturesOut, institution: InstitutionId) -> None:
        self.root = root
        self.out = out
        self._institution = institution

    async def source_of(self, study: StudyId) -> Source:
        kind = await self.out.owned.get((self._institution, study), lambda: self._find(study))
        return self.out.sources[kind]

    def search(self, query: Query) -> list[tuple[Source, Query]]:
        mine = Query(self._institution, query.matches, query.limit, query.offset)
        return [(source, mine) for source in self.out.sources.values()]

    async def _find(self, study: StudyId) -> PictureSource:
        query = Query(self._institution, {"StudyInstanceUID": study}, 1)
        for kind, source in self.out.sources.items():
            if await source.studies(query):
                return kind
        raise NotFound("study")


async def in_consultation(services: Services, out: PicturesOut, found: Found, root: str) -> InConsultation:
    """Live: as it is now. Closed: as its log ended, read once."""
    if found.host is not None:
        return InConsultation(root, out, _by_uid(found.host.state.looking))
    consultation = found.consultation
    studies = await out.closed.get(consultation, lambda: _read_back(services, consultation))
    return InConsultation(root, out, studies)


async def _read_back(services: Services, consultation: ConsultationId) -> Mapping[StudyId, SharedStudy]:
    state, _started = await services.paperwork.read(consultation)
    return _by_uid(state.looking)


def _by_uid(looking: Looking) -> Mapping[StudyId, SharedStudy]:
    return {one.study: one for one in looking.studies}
