"""What can go wrong with a file of the archive. No message ever holds what is in the file, nor its path: both can
name people.

ArchiveError
├── LogExists      there is a log of this name already
├── LogUnreadable  no log, or not of a version this program reads
├── LogDamaged     its records are sound but are not a consultation's log
├── NotSealed      what is only done with a sealed consultation
├── FileDamaged    a sealed file is not whole, or not the one that its name says
├── RecordTooLarge a record is empty or beyond its limit
├── StorageFull    the disk is full (or the quota, or the file size limit); what was written before stays readable
├── StorageFailed  the disk refuses for another reason
├── KeyExists      the consultation has a data key already; it is never replaced
├── KeyDamaged     the file of its data key is not what was written
├── WrongKey       no site key, or not the one that the data key was wrapped with; nothing was changed
├── NotAuthentic   what is sealed does not open: changed, moved to another place, or sealed with another key
└── Erased         the data key was destroyed: what it sealed cannot be read by anybody any more
"""


class ArchiveError(Exception):
    """Of all of these."""


class LogExists(ArchiveError):  # noqa: N818 - what it is
    """There is a log of this name already; it is never overwritten."""


class LogUnreadable(ArchiveError):  # noqa: N818
    """Not a log, or of a version that this program does not read. It is left as it is."""


class LogDamaged(ArchiveError):  # noqa: N818
    """The records are sound, but they are not the log of a consultation."""


class NotSealed(ArchiveError):  # noqa: N818
    """The consultation goes on, or its seal is not there yet: try again in a while."""


class FileDamaged(ArchiveError):  # noqa: N818
    """A sealed file that is cut, damaged, or of another name."""


class RecordTooLarge(ArchiveError):  # noqa: N818
    """The payload is empty or larger than a record may be."""


class StorageFull(ArchiveError):  # noqa: N818
    """No room. Nothing of this record is in the file; those before it are."""


class StorageFailed(ArchiveError):  # noqa: N818
    """The operating system refused to read or write, for another reason than room."""


class KeyExists(ArchiveError):  # noqa: N818
    """There is a data key of this consultation already: another one would make what it sealed unreadable."""


class KeyDamaged(ArchiveError):  # noqa: N818
    """`key.json` is there, the site key is the right one, and yet no data key comes out of it."""


class WrongKey(ArchiveError):  # noqa: N818
    """The site key that is needed is not the one that is here. Everything stays as it is: bring the right one."""


class NotAuthentic(ArchiveError):  # noqa: N818
    """AES-GCM's tag does not fit (NIST SP 800-38D): nobody with the key wrote these bytes here."""


class Erased(ArchiveError):  # noqa: N818
    """There is no data key. What it sealed is gone for good."""
