"""The one port to wherever pictures are kept. Implementations: `folder` (this server's own, the default) and `dicomweb`
(a PACS). Callers never know which: they hold an `InstanceRef` and ask.

Metadata is the DICOM JSON model (PS3.18 F): tag → {"vr", "Value" | "BulkDataURI" | "InlineBinary"}. Pixels are frames,
as stored, each with its transfer syntax; decoding is `pixels.py`'s business.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from signalling.ids import InstanceId, InstitutionId, SeriesId, StudyId
from signalling.vocabulary import PictureSource

DicomJson = Mapping[str, Mapping[str, Any]]
"""One dataset of the DICOM JSON model."""


@dataclass(frozen=True, slots=True)
class InstanceRef:
    """One instance, wherever it is kept."""

    study: StudyId
    series: SeriesId
    instance: InstanceId


@dataclass(frozen=True, slots=True)
class Query:
    """What QIDO-RS asks (PS3.18 10.6): attributes by tag keyword or hex, with wildcards and ranges as DICOM has them.
    `institution`: whose pictures; None = asked for inside a consultation, which names its studies itself."""

    institution: InstitutionId | None
    matches: Mapping[str, str]
    limit: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """One frame as stored: `data` is the native pixels or the compressed code stream, `transfer_syntax` its UID."""

    data: bytes
    transfer_syntax: str


class SourceError(Exception):
    """The source cannot answer. The sentence says what to do."""


class SourceUnavailableError(SourceError):
    """It does not answer at all (a PACS is down): the caller may try again."""


class NoSuchPictureError(SourceError):
    """It has no such study, series, instance or frame."""


class Source(Protocol):
    """All raise `SourceUnavailableError` and `NoSuchPictureError`; nothing here blocks the loop, and nothing holds a
    whole multi-frame instance in memory."""

    kind: PictureSource

    async def studies(self, query: Query) -> list[DicomJson]:
        """One dataset a study, newest first, with the attributes of PS3.18 table 10.6.3-3."""

    async def series(self, study: StudyId, query: Query) -> list[DicomJson]:
        """One dataset a series (table 10.6.3-4), by SeriesNumber."""

    async def instances(self, study: StudyId, series: SeriesId | None, query: Query) -> list[DicomJson]:
        """One dataset an instance (table 10.6.3-5), by InstanceNumber."""

    async def metadata(
        self, study: StudyId, series: SeriesId | None = None, instance: InstanceId | None = None
    ) -> list[DicomJson]:
        """Everything but bulk data, for each instance. Bulk data stand as BulkDataURI relative to the instance."""

    async def frames(self, ref: InstanceRef, numbers: Sequence[int]) -> list[EncodedFrame]:
        """These frames (from 1), in this order."""

    async def bulk(self, ref: InstanceRef, path: str) -> bytes:
        """What a BulkDataURI of `metadata` names (an overlay, a waveform, a PDF); bounded by `limits`."""

    def whole(self, ref: InstanceRef) -> AsyncIterator[bytes]:
        """The whole instance as a PS3.10 file, in chunks."""
