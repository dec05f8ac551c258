"""A site key, and the keyring of a data directory, as tests need them."""

import secrets
from pathlib import Path

from recordings import ARCHIVE, DataKey, HeldSiteKey, Keyring, NotAuthentic, open_field, seal_field
from sefaw_rtc.config import Config, Server
from sefaw_rtc.keyring import keyring_of
from signalling.ids import ConsultationId

SITE_KEY = bytes(range(32))
SITE = HeldSiteKey(SITE_KEY)


def keyring(data: Path) -> Keyring:
    """With a site key of the test's own."""
    return Keyring(data / ARCHIVE, SITE)


def keyring_of_server(data: Path) -> Keyring:
    """With the site key that a server made."""
    return keyring_of(Config(server=Server(data=str(data))))


class OneKey:
    """`recordings.Keys` of a single key, without a file."""

    key = DataKey(bytes(reversed(range(32))))

    def open(self, _consultation: ConsultationId) -> DataKey:
        return self.key


ONE_KEY = OneKey()


class MadeKeys:
    """`sefaw_rtc.store.Sealing` with keys made as they are asked for, until their consultation is erased."""

    def __init__(self) -> None:
        self.keys: dict[ConsultationId, DataKey] = {}
        self.erased: set[ConsultationId] = set()

    def _key(self, consultation: ConsultationId) -> DataKey:
        return self.keys.setdefault(consultation, DataKey(secrets.token_bytes(32)))

    def seal(self, consultation: ConsultationId, place: str, plain: bytes) -> bytes | None:
        return None if consultation in self.erased else seal_field(self._key(consultation), place, plain)

    def open(self, consultation: ConsultationId, place: str, sealed: bytes) -> bytes | None:
        try:
            return None if consultation in self.erased else open_field(self._key(consultation), place, sealed)
        except NotAuthentic:
            return None

    def ensure(self, consultation: ConsultationId) -> None:
        self._key(consultation)
