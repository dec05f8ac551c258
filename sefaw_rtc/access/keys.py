"""The secret that tokens and CSRF values are derived from: a file of mode 0600, made at the first start."""

import base64
import binascii
import os
import secrets
import stat
from pathlib import Path
from typing import Final

from sefaw_rtc.config import Access as Settings
from sefaw_rtc.errors import ConfigError

KEY_BYTES: Final = 32  # as long as HMAC-SHA-256's output (RFC 7518 §3.2)
_MAX_FILE: Final = 4096


def load_key(path: Path) -> bytes:
    """The key in `path`; makes the file if it does not exist. Raises `ConfigError`. Safe against another process that
    starts at the same time: the file appears whole or not at all."""
    try:
        return _read(path)
    except FileNotFoundError:
        store_key(path, secrets.token_bytes(KEY_BYTES))
        return _read(path)


def token_key(settings: Settings, data: Path) -> bytes:
    """The key as configured: from the environment, a file of its own, or `token.key` in the data directory."""
    if settings.token_key:
        return parse_key(settings.token_key, "SEFAW_ACCESS_TOKEN_KEY")
    return load_key(Path(settings.token_key_file) if settings.token_key_file else data / "token.key")


def parse_key(text: str, source: str) -> bytes:
    """A key as base64. `source` names it in the error."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise ConfigError(f"{source} is not base64.") from None
    if len(key) < KEY_BYTES:
        raise ConfigError(f"{source} holds {len(key)} bytes; {KEY_BYTES} are needed.")
    return key


def read_secret(path: Path) -> str:
    """The text of a secret's file, which nobody else may read. Raises `ConfigError` or `FileNotFoundError`."""
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise ConfigError(f"{path} holds a secret and others may read it; run: chmod 600 {path}")
            return file.read(_MAX_FILE).decode("ascii").strip()
    except FileNotFoundError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from None


def store_key(path: Path, key: bytes) -> None:
    """Put a key into a file of its own, unless there is one. Raises `ConfigError`."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64encode(key) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # fails if another process was first: its key counts
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    except OSError as error:
        raise ConfigError(f"{path} cannot be made: {error.strerror}.") from None


def _read(path: Path) -> bytes:
    return parse_key(read_secret(path), str(path))
