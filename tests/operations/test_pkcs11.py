"""The site key in a PKCS#11 token, a real one in software (SoftHSM2): what is sealed opens with it and nothing else."""

import os
import secrets
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from recordings import HeldSiteKey, KeyDamaged, Keyring, NotAuthentic, StorageFailed, WrongKey, expected_site_key
from recordings.pkcs11_key import Pkcs11SiteKey
from sefaw_rtc.config import Config, Server
from sefaw_rtc.config.archive import Archive
from sefaw_rtc.errors import ConfigError
from sefaw_rtc.keyring import keyring_of, server_keyring
from sefaw_rtc.operations.check import site_key
from signalling.ids import ConsultationId

pkcs11 = pytest.importorskip("pkcs11")
LIBRARY = Path("/usr/lib/softhsm/libsofthsm2.so")
ONE, OTHER = ConsultationId("a" * 26), ConsultationId("b" * 26)
PIN = "4711"


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Three tokens; nobody logs in to the third. The library reads where they are when it is loaded, once a process."""
    if not LIBRARY.exists():
        pytest.skip("there is no SoftHSM2 here (Debian: softhsm2)")
    folder = tmp_path_factory.mktemp("tokens")
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder}\nobjectstore.backend = file\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(settings))
        for label in ("sefaw", "another", "locked"):
            subprocess.run(
                ["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", PIN, "--pin", PIN],
                check=True,
                capture_output=True,
                env=os.environ,
            )
        yield folder


@pytest.fixture
def config(tokens: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Config:
    """Each test has a key of its own in the token."""
    pin = tmp_path / "pin"
    pin.write_text(PIN + "\n")
    pin.chmod(0o600)
    archive = Archive(pkcs11_library=str(LIBRARY), pkcs11_key=request.node.name, pkcs11_pin_file=str(pin))
    return Config(server=Server(data=str(tmp_path / "data")), archive=archive)


def token(config: Config, label: str = "sefaw", *, make: bool = False) -> Pkcs11SiteKey:
    return Pkcs11SiteKey(LIBRARY, label, config.archive.pkcs11_key, PIN, make=make)


def test_what_is_sealed_opens_with_the_token_and_with_nothing_else(config: Config) -> None:
    made = server_keyring(config).create(ONE)
    assert keyring_of(config).open(ONE) == made
    archive = config.data / "archive"
    assert not (config.data / "keys").exists(), "no key on the disk"
    name = expected_site_key(archive)
    assert (len(name), token(config).name) == (16, name)
    with pytest.raises(WrongKey):
        Keyring(archive, HeldSiteKey(bytes(32))).open(ONE)
    with pytest.raises(WrongKey):
        Keyring(archive, token(config, "another", make=True)).open(ONE)
    (archive / OTHER).mkdir()
    (archive / OTHER / "key.json").write_bytes((archive / ONE / "key.json").read_bytes())
    with pytest.raises(KeyDamaged):
        keyring_of(config).open(OTHER)
    assert "never leaves it" in str(list(site_key.examine(config)))


def test_the_key_cannot_be_taken_out(config: Config) -> None:
    key = token(config, make=True)._key
    with pytest.raises(pkcs11.AttributeSensitive):
        key[pkcs11.Attribute.VALUE]


def test_a_key_that_is_gone_is_not_made_again(config: Config) -> None:
    server_keyring(config)
    lost = replace_archive(config, pkcs11_token="another")
    with pytest.raises(ConfigError, match="has no key"):
        server_keyring(lost)


@pytest.mark.parametrize(
    "changed",
    [
        {"pkcs11_pin": "0000", "pkcs11_token": "locked"},
        {"pkcs11_token": "nobody"},
        {"pkcs11_library": "/nowhere.so"},
        {"pkcs11_pin_file": "/no"},
    ],
)
def test_what_cannot_be_opened_is_said_and_makes_nothing(config: Config, changed: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        server_keyring(replace_archive(config, **changed))
    assert not (config.data / "archive").exists()


def test_many_threads_take_turns(config: Config) -> None:
    key = token(config, make=True)
    wrapped = {n: key.wrap(n.to_bytes(12, "big"), bytes([n] * 32), b"context") for n in range(40)}
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda n: key.unwrap(n.to_bytes(12, "big"), wrapped[n], b"context"), range(40)))
    assert found == [bytes([n] * 32) for n in range(40)]
    with pytest.raises(NotAuthentic):
        key.unwrap(bytes(12), wrapped[0], b"another context")


def test_a_session_that_was_lost_is_opened_again(config: Config) -> None:
    key, other = token(config, make=True), token(config)
    wrapped = key.wrap(bytes(12), bytes(32), b"context")
    for lost in (key, other, key):  # closing logs all of the process out
        lost._session.close()
        assert key.unwrap(bytes(12), wrapped, b"context") == bytes(32)
        assert other.wrap(bytes(12), bytes(32), b"context") == wrapped


def test_another_key_of_the_same_label_does_not_take_its_place(config: Config) -> None:
    key = token(config, make=True)
    wrapped = key.wrap(bytes(12), bytes(32), b"context")
    key._key.destroy()
    other = token(config, make=True)
    assert other.name != key.name
    with pytest.raises(StorageFailed, match="another key"):
        key.unwrap(bytes(12), wrapped, b"context")
    with pytest.raises(NotAuthentic):
        other.unwrap(bytes(12), wrapped, b"context")


class Failing:
    """A key in a device that answers CKR_GENERAL_ERROR, which is SoftHSM2's word for a wrong tag too, to this much."""

    error: type[Exception] = pkcs11.GeneralError

    def __init__(self, key: Any, *what: str) -> None:
        self._key, self._what = key, what

    def __getitem__(self, attribute: object) -> Any:
        return self._key[attribute]

    def encrypt(self, *given: Any, **also: Any) -> Any:
        return self._answer("encrypt", given, also)

    def decrypt(self, *given: Any, **also: Any) -> Any:
        return self._answer("decrypt", given, also)

    def _answer(self, name: str, given: Any, also: Any) -> Any:
        if name in self._what:
            raise self.error
        return getattr(self._key, name)(*given, **also)


@pytest.mark.parametrize("what", [("decrypt",), ("encrypt", "decrypt")])
def test_an_outage_is_no_damage(config: Config, monkeypatch: pytest.MonkeyPatch, what: tuple[str, ...]) -> None:
    made = server_keyring(config).create(ONE)
    with monkeypatch.context() as outage:
        found = Pkcs11SiteKey._found
        outage.setattr(Pkcs11SiteKey, "_found", lambda self, *given: Failing(found(self, *given), *what))
        with pytest.raises(StorageFailed):
            keyring_of(config).open(ONE)
    assert keyring_of(config).open(ONE) == made


def test_a_plain_word_for_a_wrong_tag_is_taken_at_once(config: Config) -> None:
    class Plain(Failing):
        error = pkcs11.exceptions.EncryptedDataInvalid

    key = token(config, make=True)
    session, key._key = key._session, Plain(key._key, "decrypt")
    with pytest.raises(NotAuthentic):
        key.unwrap(bytes(12), bytes(48), b"context")
    assert key._session is session


def test_what_does_not_wrap_is_no_damage_either(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    server_keyring(config)
    found = Pkcs11SiteKey._found
    monkeypatch.setattr(Pkcs11SiteKey, "_found", lambda self, *given: Failing(found(self, *given), "encrypt"))
    keyring = keyring_of(config)
    with pytest.raises(StorageFailed, match="GeneralError"):
        keyring.create(ONE)
    assert not (config.data / "archive" / ONE).exists()


def test_a_pin_that_was_refused_is_not_tried_again(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some wrong ones lock a token for good."""
    key, tries = token(config, make=True), []

    def refuses(*_: object, **__: object) -> None:
        tries.append(1)
        raise pkcs11.PinIncorrect

    key._session.close()
    monkeypatch.setattr(Pkcs11SiteKey, "_opened", refuses)
    for _ in range(3):
        with pytest.raises(StorageFailed):
            key.wrap(bytes(12), bytes(32), b"context")
    assert len(tries) == 1


def test_a_key_without_an_id_is_refused(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would have the name of every other one without."""
    monkeypatch.setattr(secrets, "token_bytes", lambda _count: b"")
    with pytest.raises(WrongKey, match="CKA_ID"):
        token(config, make=True)
    with pytest.raises(ConfigError, match="CKA_ID"):
        server_keyring(config)
    assert not (config.data / "archive").exists()


def test_a_device_that_does_not_tell_an_id_is_said(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    class Nameless(Failing):
        def __getitem__(self, attribute: object) -> Any:
            raise pkcs11.AttributeTypeInvalid

    monkeypatch.setattr(Pkcs11SiteKey, "_found", lambda *_: Nameless(None))
    with pytest.raises(StorageFailed, match="AttributeTypeInvalid"):
        token(config)


def replace_archive(config: Config, **changed: str) -> Config:
    return replace(config, archive=replace(config.archive, **changed))
