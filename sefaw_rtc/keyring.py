"""The archive's keyring as configured: where the site key comes from, and that it is the archive's.

A new site key is made at the first start only. Where something is sealed already and its site key is missing or is
another one, the server does not start: it would seal what comes with a key that opens nothing of what there is.
"""

from pathlib import Path
from typing import Final

from recordings import (
    ARCHIVE,
    SITE_FILE,
    ArchiveError,
    HeldSiteKey,
    Keyring,
    SiteKey,
    WrongKey,
    begin_archive,
    expected_site_key,
)
from recordings.crypt import KEY_BYTES
from recordings.pkcs11_key import Pkcs11SiteKey
from sefaw_rtc.access.keys import load_key, parse_key, read_secret, store_key
from sefaw_rtc.config import KEYS, Config
from sefaw_rtc.config.archive import Archive
from sefaw_rtc.errors import ConfigError

_VARIABLE: Final = "SEFAW_ARCHIVE_SITE_KEY"
SITE_KEY: Final = "site.key"


def site_key_file(config: Config) -> Path | None:
    """The site key's file; None = it comes from the environment, or from a token."""
    if config.archive.site_key or config.archive.pkcs11_library:
        return None
    return Path(config.archive.site_key_file) if config.archive.site_key_file else config.data / KEYS / SITE_KEY


def site_key(config: Config, instead: Path | None = None, *, make: bool = False) -> SiteKey | None:
    """The site key, None if its file is not there. `instead`: another file than the configured. Makes nothing but, with
    `make`, a key in a token that has none. Raises `ConfigError`."""
    if config.archive.pkcs11_library and instead is None:
        return _in_a_token(config.archive, make=make)
    path = instead or site_key_file(config)
    if path is None:
        return _held(parse_key(config.archive.site_key, _VARIABLE), _VARIABLE)
    try:
        return _held(parse_key(read_secret(path), str(path)), str(path))
    except FileNotFoundError:
        return None


def put_in_place(config: Config, copy: Path) -> None:
    """Copy a site key to where the server looks for it, unless something is there. Raises `ConfigError`."""
    path = site_key_file(config)
    if path is not None and not path.exists():
        store_key(path, parse_key(read_secret(copy), str(copy)))


def keyring_of(config: Config) -> Keyring:
    """For a command beside the server: without a site key, what is not sealed can be read. Raises `ConfigError`."""
    return Keyring(config.data / ARCHIVE, site_key(config))


def server_keyring(config: Config) -> Keyring:
    """For the server: makes the site key at the first start. Raises `ConfigError`."""
    archive = config.data / ARCHIVE
    try:
        expected = expected_site_key(archive)
        held = site_key(config, make=not expected) or _made(config, expected)
        begin_archive(archive, held)
    except WrongKey as error:
        raise ConfigError(
            f"What is kept in {archive} was sealed with another key: {error}. Give the right one "
            f"(archive.site_key_file or {_VARIABLE}); nothing was changed. To begin anew, and never read what is "
            f"sealed now, remove {archive / SITE_FILE}."
        ) from None
    except ArchiveError as error:
        raise ConfigError(f"The archive {archive} cannot be used: {error}.") from None
    return Keyring(archive, held)


def _in_a_token(archive: Archive, *, make: bool) -> Pkcs11SiteKey:
    try:
        pin = archive.pkcs11_pin or read_secret(Path(archive.pkcs11_pin_file)).strip()
        return Pkcs11SiteKey(Path(archive.pkcs11_library), archive.pkcs11_token, archive.pkcs11_key, pin, make=make)
    except ArchiveError as error:
        raise ConfigError(f"The site key cannot be had from its token: {error}.") from None
    except OSError:
        raise ConfigError("The token's PIN cannot be read: give archive.pkcs11_pin_file.") from None


def _made(config: Config, expected: str) -> HeldSiteKey:
    path = site_key_file(config)
    if path is None or expected:
        raise WrongKey(f"the site key {expected} is needed, and there is no file {path}")
    return _held(load_key(path), str(path))


def _held(key: bytes, source: str) -> HeldSiteKey:
    if len(key) != KEY_BYTES:
        raise ConfigError(f"{source} holds {len(key)} bytes; a site key has {KEY_BYTES}.")
    return HeldSiteKey(key)
