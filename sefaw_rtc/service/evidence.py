"""What this node shows of its transparency log to anybody, and what it signs as a partner's witness."""

from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recordings.tlog import COSIGNATURE, Answer, Served, Signer, TextInvalid, VerifierKey, Witness, serve
from sefaw_rtc.access.keys import load_key
from sefaw_rtc.config import KEYS, Config
from sefaw_rtc.errors import ConfigError
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.own_log import TLOG

WITNESSED: Final = "witnessed"  # in it: the newest checkpoint of each partner's log
WITNESS_KEY: Final = "witness.key"


class Evidence:
    """Its methods wait for the disk: call them off the loop."""

    def __init__(self, config: Config) -> None:
        """Raises `ConfigError`."""
        self._folder = config.data / TLOG
        self._witness = _witness(config, self._folder / WITNESSED)

    def served(self, path: str) -> Served | None:
        """What stands at this path below the log's address. Raises `StorageFailed`."""
        return serve(self._folder, path, self._witness)

    def add_checkpoint(self, body: bytes) -> Answer | None:
        """The answer to a partner; None: this node is no witness. Raises `StorageFull`, `StorageFailed`,
        `TlogDamaged`: nothing was signed then."""
        return self._witness.add_checkpoint(body, unix_s) if self._witness else None


def _witness(config: Config, folder: Path) -> Witness | None:
    if not config.tlog.witness_name:
        return None
    logs: dict[str, list[VerifierKey]] = {}
    try:
        for text in config.tlog.witness_for:
            key = VerifierKey.parse(text)
            logs.setdefault(key.name, []).append(key)
        private = Ed25519PrivateKey.from_private_bytes(load_key(config.data / KEYS / WITNESS_KEY)[:32])
        return Witness(folder, Signer(config.tlog.witness_name, private, COSIGNATURE), logs)
    except TextInvalid as error:
        raise ConfigError(f"tlog.witness_name or tlog.witness_for: {error}.") from None
