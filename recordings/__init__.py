"""The archive: the formats of what is kept. It knows the wire, not the server.

Now: the framing of append-only files, the consultation's log, its timeline, its patient folder and its DICOM outputs.
To come: media journals, seals, projections.
"""

from recordings.errors import (
    ArchiveError,
    LogDamaged,
    LogExists,
    LogUnreadable,
    RecordTooLarge,
    StorageFailed,
    StorageFull,
)
from recordings.framing import MAX_RECORD, Ending, Scan, frame, scan
from recordings.log import ConsultationLog, LogHeader, LogWriter, Reading, read_consultation, read_log
from recordings.opinions import verified_in, verified_opinions

__all__ = [
    "MAX_RECORD",
    "ArchiveError",
    "ConsultationLog",
    "Ending",
    "LogDamaged",
    "LogExists",
    "LogHeader",
    "LogUnreadable",
    "LogWriter",
    "Reading",
    "RecordTooLarge",
    "Scan",
    "StorageFailed",
    "StorageFull",
    "frame",
    "read_consultation",
    "read_log",
    "scan",
    "verified_in",
    "verified_opinions",
]
