"""The archive: the formats of what is kept. It knows the wire, not the server.

Now: keys and encryption at rest, the framing of append-only files, the consultation's log, its timeline, its patient
folder and its DICOM outputs, the media journal as it is read, the files
that are made of it, the seal.
"""

from recordings.crypt import DataKey, HeldSiteKey, SiteKey, Use, open_field, seal_field
from recordings.errors import (
    ArchiveError,
    Erased,
    KeyDamaged,
    KeyExists,
    LogDamaged,
    LogExists,
    LogUnreadable,
    NotAuthentic,
    RecordTooLarge,
    StorageFailed,
    StorageFull,
    WrongKey,
)
from recordings.framing import MAX_RECORD, Ending, Scan, frame, scan
from recordings.journal import Damage, MediaJournal, Reason
from recordings.keyring import ARCHIVE, SITE_FILE, Keyring, begin_archive, expected_site_key
from recordings.log import (
    ConsultationLog,
    Keys,
    LogHeader,
    LogWriter,
    Reading,
    read_consultation,
    read_header,
    read_log,
)
from recordings.opinions import verified_in, verified_opinions
from recordings.snapshots import (
    Snapshot,
    SnapshotWriter,
    first_difference,
    nearest,
    read_snapshots,
)

__all__ = [
    "ARCHIVE",
    "MAX_RECORD",
    "SITE_FILE",
    "ArchiveError",
    "ConsultationLog",
    "Damage",
    "DataKey",
    "Ending",
    "Erased",
    "HeldSiteKey",
    "KeyDamaged",
    "KeyExists",
    "Keyring",
    "Keys",
    "LogDamaged",
    "LogExists",
    "LogHeader",
    "LogUnreadable",
    "LogWriter",
    "MediaJournal",
    "NotAuthentic",
    "Reading",
    "Reason",
    "RecordTooLarge",
    "Scan",
    "SiteKey",
    "Snapshot",
    "SnapshotWriter",
    "StorageFailed",
    "StorageFull",
    "Use",
    "WrongKey",
    "begin_archive",
    "expected_site_key",
    "first_difference",
    "frame",
    "nearest",
    "open_field",
    "read_consultation",
    "read_header",
    "read_log",
    "read_snapshots",
    "scan",
    "seal_field",
    "verified_in",
    "verified_opinions",
]
