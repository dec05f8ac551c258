"""The keys of an archive: each consultation's data key in its folder, all wrapped by one site key. Whoever reads the
archive is given a keyring, and asks it by the consultation's id."""

from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from recordings import crypt
from recordings.crypt import DataKey, SiteKey
from recordings.errors import KeyDamaged, WrongKey
from recordings.storage import sync_folder, typed
from signalling.ids import ConsultationId

ARCHIVE: Final = "archive"  # folder of the data directory
SITE_FILE: Final = "site_key.json"  # in it: the name of the site key that the archive began with


class Keyring:
    """Keeps no key in memory: a key that was destroyed, by whatever program, is gone at once."""

    def __init__(self, archive: Path, site: SiteKey | None) -> None:
        """`site` None: there is no site key here. What is not sealed can be read all the same."""
        self._archive = archive
        self._site = site

    def folder(self, consultation: ConsultationId) -> Path:
        """Where the consultation's key, media and snapshots are."""
        return self._archive / consultation

    def folders(self) -> list[Path]:
        """Those of all consultations."""
        return sorted(path for path in self._archive.glob("*") if path.is_dir())

    def create(self, consultation: ConsultationId) -> DataKey:
        """A new consultation's data key. Raises `KeyExists`, `WrongKey`, `StorageFull`, `StorageFailed`."""
        if self._site is None:
            raise WrongKey("there is no site key")
        return crypt.create_key(self.folder(consultation), consultation, self._site)

    def open(self, consultation: ConsultationId) -> DataKey:
        """Raises `Erased`, `WrongKey`, `KeyDamaged`, `StorageFailed`."""
        return crypt.open_key(self.folder(consultation), consultation, self._site)

    def destroy(self, consultation: ConsultationId) -> None:
        """Erase the consultation. Raises `StorageFailed`."""
        crypt.destroy(self.folder(consultation))


class _SiteFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    site_key: Annotated[str, Meta(min_length=1, max_length=64)]


def expected_site_key(archive: Path) -> str:
    """The name of the site key that this archive began with, empty = it has not begun. Raises `KeyDamaged`,
    `StorageFailed`."""
    try:
        return msgspec.json.decode((archive / SITE_FILE).read_bytes(), type=_SiteFile).site_key
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise typed(error) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise KeyDamaged(f"{SITE_FILE} is damaged") from None


def begin_archive(archive: Path, site: SiteKey) -> None:
    """Note the site key's name, the first time. Raises `WrongKey` if the archive began with another one, `KeyDamaged`,
    `StorageFull`, `StorageFailed`."""
    expected = expected_site_key(archive)
    if expected == site.name:
        return
    if expected:
        raise WrongKey(f"the site key {expected} is needed, and this one is {site.name}")
    text = msgspec.json.encode(_SiteFile(crypt.VERSION, site.name))
    try:
        archive.mkdir(mode=0o700, parents=True, exist_ok=True)
        crypt.write_once(archive / SITE_FILE, text)
    except FileExistsError:
        begin_archive(archive, site)
    except OSError as error:
        raise typed(error) from None
    sync_folder(archive)
