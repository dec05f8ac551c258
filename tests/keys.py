"""A site key, and the keyring of a data directory, as tests need them."""

from pathlib import Path

from recordings import ARCHIVE, DataKey, HeldSiteKey, Keyring
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
