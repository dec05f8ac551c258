"""Signing keys: RFC 8032's own vectors, seals that only their owner's password opens, and what a new password does."""

import base64
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from sefaw_rtc.access import Passwords, SigningKeys, SignIns, create_account
from sefaw_rtc.access.signing import KeyNotOpened, SigningKey, seal, unseal
from sefaw_rtc.config import Access
from sefaw_rtc.errors import CredentialsWrong, TooMany
from sefaw_rtc.store import AccountRecord, Store
from signalling.ids import AccountId
from signalling.vocabulary import Role

NOW = 1_800_000_000
HOME = "192.0.2.1"
PASSWORD = "correct horse"
ANNA, BERTA = AccountId("a" * 26), AccountId("b" * 26)
CHEAP = {"memory_kib": 8, "passes": 1}

# RFC 8032 §7.1, tests 1 to 3: secret key, public key, message, signature.
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("secret", "public", "message", "signature"), VECTORS)
def test_the_vectors_of_rfc_8032(secret: str, public: str, message: str, signature: str) -> None:
    key = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)))
    assert key.public.hex() == public
    assert base64.b64decode(key.key).hex() == public
    assert base64.b64decode(key.sign(bytes.fromhex(message))).hex() == signature


def sealed_key(private: bytes, password: str = PASSWORD, account: AccountId = ANNA) -> tuple[bytes, bytes]:
    public = SigningKey(Ed25519PrivateKey.from_private_bytes(private)).public
    return seal(private, password, account, public, **CHEAP), public


@settings(deadline=None)
@given(st.binary(min_size=32, max_size=32), st.text(st.characters(codec="utf-8"), max_size=40))
def test_a_seal_opens_with_its_password_and_is_never_the_same_twice(private: bytes, password: str) -> None:
    sealed, public = sealed_key(private, password)
    key = unseal(sealed, password, ANNA, public)
    assert key.public == public
    assert private not in sealed
    assert sealed_key(private, password)[0] != sealed
    with pytest.raises(KeyNotOpened):
        unseal(sealed, password + "x", ANNA, public)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_whatever_is_changed_is_found(data: st.DataObject) -> None:
    sealed, public = sealed_key(bytes(range(32)))
    # Not the argon2 parameters' high bytes: a test is not to take gigabytes.
    places = [i for i in range(len(sealed)) if i not in {1, 2, 3}]
    where = data.draw(st.sampled_from(places))
    changed = bytearray(sealed)
    changed[where] ^= data.draw(st.integers(1, 255 if where > 5 else 7))
    with pytest.raises(KeyNotOpened):
        unseal(bytes(changed), PASSWORD, ANNA, public)


def test_a_seal_belongs_to_one_account_and_one_public_half() -> None:
    sealed, public = sealed_key(bytes(32))
    other = sealed_key(bytes([1] * 32))[1]
    for account, half in ((BERTA, public), (ANNA, other)):
        with pytest.raises(KeyNotOpened):
            unseal(sealed, PASSWORD, account, half)
    for cut in (0, 5, 33, 34, len(sealed) - 1):
        with pytest.raises(KeyNotOpened):
            unseal(sealed[:cut], PASSWORD, ANNA, public)


def test_the_same_password_from_another_keyboard_opens_it() -> None:
    sealed, public = sealed_key(bytes(32), "pass①word")
    assert unseal(sealed, "pass1word", ANNA, public).public == public


def test_parameters_that_would_take_the_machine_are_not_tried() -> None:
    sealed, public = sealed_key(bytes(32))
    huge = sealed[:1] + (0xFFFF_FFFF).to_bytes(4, "big") + sealed[5:]
    with pytest.raises(KeyNotOpened):
        unseal(huge, PASSWORD, ANNA, public)


# ---- the keys of accounts -----------------------------------------------------------------------------------------


class World:
    """A store with one account, and the door to its key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store.open(folder)
        self.passwords = Passwords(memory_kib=8, passes=1)
        self.account = create_account(
            self.store,
            self.passwords,
            user="anna",
            name="Anna",
            role=Role.SPECIALIST,
            institution="County",
            password=PASSWORD,
            now=NOW,
        )
        door = SignIns(self.store, self.passwords, bytes(32), Access(sign_in_free=3), secure_cookies=True)
        self.keys = SigningKeys(self.store, self.passwords, door)

    def fresh(self) -> AccountRecord:
        found = self.store.accounts.get(self.account.id)
        assert found is not None
        return found

    async def open(self, password: str = PASSWORD, now: int = NOW) -> SigningKey:
        return await self.keys.open(self.fresh(), password, HOME, now)

    def close(self) -> None:
        self.passwords.close()
        self.store.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


async def test_the_first_signing_makes_the_key_and_later_ones_use_it(world: World) -> None:
    first, second = await world.open(), await world.open()
    assert first.public == second.public
    owners = world.store.signing_keys.owners(frozenset({first.public, bytes(32)}))
    assert owners == {first.public: world.account.id}


async def test_a_wrong_password_makes_and_opens_nothing_and_is_slowed_down(world: World) -> None:
    for _ in range(4):
        with pytest.raises(CredentialsWrong):
            await world.open("wrong horse")
    with pytest.raises(TooMany) as caught:
        await world.open()
    assert caught.value.retry_after_s == 5
    assert world.store.signing_keys.active(world.account.id) is None
    await world.open(now=NOW + 6)


async def test_a_new_password_makes_a_new_key_and_keeps_the_old_public_half(world: World) -> None:
    old = await world.open()
    world.store.accounts.set_password(world.account.id, world.passwords.hash("another horse"))
    new = await world.open("another horse", NOW + 1)
    assert new.public != old.public
    assert (await world.open("another horse", NOW + 2)).public == new.public
    assert set(world.store.signing_keys.owners(frozenset({old.public, new.public}))) == {old.public, new.public}
    active = world.store.signing_keys.active(world.account.id)
    assert active is not None
    assert active.public == new.public


async def test_a_damaged_seal_is_not_used(world: World) -> None:
    old = await world.open()
    world.store.close()
    connection = sqlite3.connect(world.folder / "sefaw.sqlite")
    with connection:
        connection.execute("UPDATE signing_key SET sealed = ?", (bytes(10),))
    connection.close()
    world.store = Store.open(world.folder)
    world.keys = SigningKeys(
        world.store,
        world.passwords,
        SignIns(world.store, world.passwords, bytes(32), Access(), secure_cookies=True),
    )
    assert (await world.open()).public != old.public
