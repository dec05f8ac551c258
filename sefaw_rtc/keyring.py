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
    WrongKey,
    begin_archive,
    expected_site_key,
)
from recordings.crypt import KEY_BYTES
from sefaw_rtc.access.keys import load_key, parse_key, read_secret, store_key
from sefaw_rtc.config import KEYS, Config
from sefaw_rtc.errors import ConfigError

_VARIABLE: Final = "SEFAW_ARCHIVE_SITE_KEY"
SITE_KEY: Final = "site.key"


def site_key_file(config: Config) -> Path | None:
    """The site key's file; None = it comes from the environment."""
    if config.archive.site_key:
        return None
    return Path(config.archive.site_key_file) if config.archive.site_key_file else config.data / KEYS / SITE_KEY


def site_key(config: Config, instead: Path | None = None) -> HeldSiteKey | None:
    """The site key, None if its file is not there. `instead`: another file than the configured. Makes nothing. Raises
    `ConfigError`."""
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
        held = site_key(config) or _made(config, expected_site_key(archive))
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


def _made(config: Config, expected: str) -> HeldSiteKey:
    path = site_key_file(config)
    if path is None or expected:
        raise WrongKey(f"the site key {expected} is needed, and there is no file {path}")
    return _held(load_key(path), str(path))


def _held(key: bytes, source: str) -> HeldSiteKey:
    if len(key) != KEY_BYTES:
        raise ConfigError(f"{source} holds {len(key)} bytes; a site key has {KEY_BYTES}.")
    return HeldSiteKey(key)
