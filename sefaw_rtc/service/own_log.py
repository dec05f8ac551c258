"""This node's transparency log: its key, its name, its folder. A log keeps its name for ever; a node that gets another
one (another `tlog.log_name`, or no key beside a log that came back from a backup) begins another log, and puts the
former aside as it is."""

import hashlib
import re
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recordings.errors import StorageFailed
from recordings.storage import sync_folder, typed
from recordings.tlog import Signer, TextInvalid, TlogDamaged, TransparencyLog, VerifierKey
from recordings.tlog.files import read_whole, write_whole
from recordings.tlog.serving import LOG_KEY as PUBLIC
from sefaw_rtc import logs
from sefaw_rtc.access.keys import load_key
from sefaw_rtc.config import KEYS, Config
from sefaw_rtc.errors import ConfigError

TLOG: Final = "tlog"  # folder of the data directory
LOG_KEY: Final = "tlog.key"  # in `keys/`
SEEN: Final = "tlog.seen"  # beside it: the newest checkpoint that it signed
THROUGH: Final = "through"  # in `tlog/`: until when everything that is a leaf is surely logged (Unix ms)
FORMER: Final = "former"  # in `tlog/`: logs of other names
# The public key goes last: while it is there the log has not moved.
_MOVED: Final = ("tile", "anchor", "anchor.partial", "pending", THROUGH, "checkpoint", PUBLIC)
_MOST: Final = 1024
_STRANGE: Final = re.compile(r"[^A-Za-z0-9.-]+")

log = logs.get("service")


def own_signer(config: Config) -> Signer:
    """Whoever signs this node's log; its key is made at the first start. Raises `ConfigError`."""
    private = Ed25519PrivateKey.from_private_bytes(load_key(config.data / KEYS / LOG_KEY)[:32])
    try:
        return Signer(config.tlog.log_name or _kept_name(config, private) or _made_name(config, private), private)
    except TextInvalid as error:
        raise ConfigError(f"tlog.log_name: {error}.") from None


def open_own_log(config: Config, signer: Signer) -> TransparencyLog:
    """Go on with the log, or begin it. Raises `TlogInUse`, `TlogDamaged`, `StorageFull`, `StorageFailed`."""
    folder = config.data / TLOG
    begun = _begun(folder)
    if begun is not None and begun.name != signer.key.name:
        log.warning("the transparency log has another name now; the former one is put aside")
        _put_aside(folder, begun)
        begun = None
    if begun is not None and begun != signer.key:
        raise TlogDamaged("a log of this name was signed with another key: give it another name")
    if begun is None:
        write_whole(folder / PUBLIC, f"{signer.key}\n".encode())
    return TransparencyLog.open(folder, signer, config.data / KEYS / SEEN)


def newest_ms(config: Config) -> int:
    """When something was last logged (Unix ms) by the clock of then; 0 = never."""
    found = 0
    for name in ("checkpoint", "pending"):
        with suppress(OSError):
            found = max(found, (config.data / TLOG / name).stat().st_mtime_ns // 1_000_000)
    return found


def began_s(config: Config) -> int:
    """When the log began (Unix s), by the clock of then; 0 = it has not."""
    try:
        return int((config.data / TLOG / PUBLIC).stat().st_mtime)
    except OSError:
        return 0


def _begun(folder: Path) -> VerifierKey | None:
    """Whose log is there."""
    data = read_whole(folder / PUBLIC, _MOST)
    try:
        return None if data is None else VerifierKey.parse(data.decode().rstrip("\n"))
    except (UnicodeDecodeError, TextInvalid):
        raise TlogDamaged("whose log this is cannot be read") from None


def _put_aside(folder: Path, begun: VerifierKey) -> None:
    """Killed in the middle it goes on the next time."""
    name, number = hashlib.sha256(begun.name.encode()).hexdigest()[:16], 1
    while (folder / FORMER / f"{name}-{number}" / PUBLIC).exists():
        number += 1
    aside = folder / FORMER / f"{name}-{number}"
    try:
        aside.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in folder.glob("index.sqlite*"):
            path.unlink()
        for one in _MOVED:
            if (folder / one).exists():
                (folder / one).rename(aside / one)
                sync_folder(aside)
        sync_folder(folder)
    except OSError as error:
        raise typed(error) from None


def _kept_name(config: Config, private: Ed25519PrivateKey) -> str:
    """The name of the log that is there, if it is of this key."""
    try:
        begun = _begun(config.data / TLOG)
    except (TlogDamaged, StorageFailed):
        return ""
    mine = private.public_key().public_bytes_raw()
    return begun.name if begun is not None and begun.public == mine else ""


def _made_name(config: Config, private: Ed25519PrivateKey) -> str:
    """Of the host, and of the key, so that no two logs have the same."""
    host = urlsplit(config.server.public_url).hostname or socket.gethostname()
    mark = hashlib.sha256(private.public_key().public_bytes_raw()).hexdigest()[:8]
    return f"{_STRANGE.sub('-', host) or 'node'}/{mark}"
