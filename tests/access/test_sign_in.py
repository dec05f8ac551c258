"""Signing in, sessions, CSRF, passwords. Hashing as cheap as argon2 gets; the clock is an argument."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from sefaw_rtc.access import Passwords, SignedIn, SignIns, SubjectKind, create_account
from sefaw_rtc.access import sessions as sessions_module
from sefaw_rtc.config import Access
from sefaw_rtc.errors import AccountDisabled, Conflict, CredentialsWrong, CsrfFailed, StoreBusy, TooMany, UserError
from sefaw_rtc.store import AccountRecord, Store
from signalling.vocabulary import Role

NOW = 1_800_000_000
HOME = "192.0.2.1"
PASSWORD = "correct horse"
KEY = bytes(32)
SETTINGS = Access(sign_in_free=3, sessions_per_account=2, session_hours=12, session_idle_minutes=60)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    cheap = Passwords(memory_kib=8, passes=1)
    yield cheap
    cheap.close()


@pytest.fixture
def anna(store: Store, passwords: Passwords) -> AccountRecord:
    return create_account(
        store,
        passwords,
        user="Anna",
        name="Anna",
        role=Role.VILLAGE_DOCTOR,
        institution="Clinic",
        password=PASSWORD,
        now=NOW,
    )


@pytest.fixture
def door(store: Store, passwords: Passwords, anna: AccountRecord) -> SignIns:
    return SignIns(store, passwords, KEY, SETTINGS, secure_cookies=True)


async def sign_in(door: SignIns, now: int = NOW) -> SignedIn:
    return await door.sign_in("anna", PASSWORD, HOME, now)


async def test_the_right_password_opens_a_session(door: SignIns, anna: AccountRecord) -> None:
    opened = await door.sign_in(" ANNA ", PASSWORD, HOME, NOW)
    assert opened.account == anna
    assert opened.person.name == "Anna"
    assert (opened.subject.kind, opened.subject.account) == (SubjectKind.SESSION, anna.id)
    assert opened.subject.institution == anna.person.institution
    found = await door.session(opened.cookie.reveal(), NOW)
    assert found == opened


async def test_the_store_holds_only_the_digest(door: SignIns, store: Store, tmp_path: Path) -> None:
    cookie = (await sign_in(door)).cookie.reveal()
    assert len(cookie) >= 43  # 256 bits
    assert store.sessions.find(hashlib.sha256(cookie.encode()).digest()) is not None
    store.close()
    assert all(cookie.encode() not in path.read_bytes() for path in tmp_path.iterdir())


async def test_the_cookie_is_out_of_scripts_and_other_sites_reach(door: SignIns, store: Store) -> None:
    cookie = door.cookie
    assert (cookie.name, cookie.http_only, cookie.same_site, cookie.path) == ("sefaw_session", True, "Strict", "/")
    assert (cookie.secure, cookie.max_age_s) == (True, 12 * 3600)


@pytest.mark.parametrize(
    ("user", "password"),
    [
        ("anna", "wrong horse"),
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("a b", PASSWORD),
        ("anna", ""),
        ("x" * 999, "y" * 9999),
    ],
)
async def test_wrong_is_wrong_whatever_was_wrong(door: SignIns, user: str, password: str) -> None:
    with pytest.raises(CredentialsWrong) as caught:
        await door.sign_in(user, password, HOME, NOW)
    assert caught.value.detail == ""


async def test_an_unknown_user_costs_the_same_work(
    door: SignIns, passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str | None] = []
    real = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda found, text: checked.append(found) or real(found, text))
    verified: list[str] = []
    hasher = passwords._hasher
    monkeypatch.setattr(
        passwords,
        "_hasher",
        type("Spy", (), {"verify": lambda _, found, text: verified.append(found) or hasher.verify(found, text)})(),
    )
    for user in ("nobody", "not a name"):
        with pytest.raises(CredentialsWrong):
            await door.sign_in(user, PASSWORD, HOME, NOW)
    assert checked == [None, None]
    assert verified == [passwords._nobody] * 2


async def test_even_nobodys_own_password_is_wrong(door: SignIns) -> None:
    with pytest.raises(CredentialsWrong):
        await door.sign_in("nobody", "nobody has this password", HOME, NOW)


async def test_a_disabled_account_is_told_after_the_right_password_only(
    door: SignIns, store: Store, anna: AccountRecord
) -> None:
    cookie = (await sign_in(door)).cookie.reveal()
    store.accounts.disable(anna.id, NOW)
    assert await door.session(cookie, NOW) is None
    with pytest.raises(AccountDisabled):
        await sign_in(door)
    with pytest.raises(CredentialsWrong):
        await door.sign_in("anna", "wrong horse", HOME, NOW)


async def test_guessing_is_slowed_down_even_with_the_right_password(door: SignIns) -> None:
    for _ in range(4):
        with pytest.raises(CredentialsWrong):
            await door.sign_in("anna", "wrong horse", HOME, NOW)
    with pytest.raises(TooMany) as caught:
        await sign_in(door)
    assert caught.value.retry_after_s == 5
    assert await sign_in(door, NOW + 5)


async def test_unknown_users_are_slowed_down_alike(door: SignIns) -> None:
    for _ in range(4):
        with pytest.raises(CredentialsWrong):
            await door.sign_in("nobody", "wrong horse", HOME, NOW)
    with pytest.raises(TooMany):
        await door.sign_in("nobody", "wrong horse", HOME, NOW)


async def test_a_busy_store_is_not_a_wrong_password(
    door: SignIns, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_user: str) -> None:
        raise StoreBusy("locked")

    with monkeypatch.context() as patched:
        patched.setattr(store.accounts, "by_user", busy)
        for _ in range(10):
            with pytest.raises(StoreBusy):
                await sign_in(door)
    assert await sign_in(door)


async def test_a_session_ends_by_age_whatever_its_use(door: SignIns) -> None:
    cookie = (await sign_in(door)).cookie.reveal()
    for minutes in range(0, 12 * 60, 30):
        assert await door.session(cookie, NOW + minutes * 60) is not None
    assert await door.session(cookie, NOW + 12 * 3600) is None


async def test_a_session_ends_by_not_being_used(door: SignIns) -> None:
    cookie = (await sign_in(door)).cookie.reveal()
    assert await door.session(cookie, NOW + 3600) is not None
    assert await door.session(cookie, NOW + 3600 + 3601) is None
    assert await door.session(cookie, NOW + 1) is None  # it is gone, not only refused


async def test_use_is_written_at_most_once_a_minute(
    door: SignIns, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = (await sign_in(door)).cookie.reveal()
    writes: list[int] = []
    real = store.sessions.touch
    monkeypatch.setattr(store.sessions, "touch", lambda digest, now: writes.append(now) or real(digest, now))
    for second in range(0, 130, 10):
        await door.session(cookie, NOW + second)
    assert writes == [NOW + 60, NOW + 120]


async def test_the_subject_expires_with_the_session(door: SignIns) -> None:
    opened = await sign_in(door)
    assert opened.subject.expires == NOW + 3600  # idle
    late = await sign_in(door, NOW)
    found = await door.session(late.cookie.reveal(), NOW + 3000)
    assert found is not None
    assert found.subject.expires == NOW + 3000 + 3600


async def test_signing_out_ends_it_and_is_harmless_twice(door: SignIns) -> None:
    cookie = (await sign_in(door)).cookie.reveal()
    await door.sign_out(cookie)
    await door.sign_out(cookie)
    assert await door.session(cookie, NOW) is None


async def test_the_oldest_of_too_many_sessions_ends(door: SignIns) -> None:
    cookies = [(await sign_in(door, NOW + n)).cookie.reveal() for n in range(3)]
    alive = [await door.session(cookie, NOW + 9) is not None for cookie in cookies]
    assert alive == [False, True, True]


@pytest.mark.parametrize("cookie", [None, "", "x", "x" * 10_000, "é\x00"])
async def test_no_cookie_no_session(door: SignIns, cookie: str | None) -> None:
    assert await door.session(cookie, NOW) is None


async def test_csrf_values_belong_to_their_session(door: SignIns) -> None:
    first, second = await sign_in(door), await sign_in(door)
    door.check_csrf(first.cookie.reveal(), first.csrf)
    assert first.csrf != second.csrf
    assert first.csrf != first.cookie.reveal()
    for wrong in (None, "", second.csrf, first.csrf[:-1], "é"):
        with pytest.raises(CsrfFailed):
            door.check_csrf(first.cookie.reveal(), wrong)


async def test_old_parameters_are_renewed_at_sign_in(
    store: Store, anna: AccountRecord, door: SignIns, passwords: Passwords
) -> None:
    stronger = Passwords(memory_kib=16, passes=1)
    await SignIns(store, stronger, KEY, SETTINGS, secure_cookies=False).sign_in("anna", PASSWORD, HOME, NOW)
    renewed = store.accounts.get(anna.id)
    assert renewed is not None
    assert renewed.password_hash != anna.password_hash
    assert not stronger.outdated(renewed.password_hash)
    assert passwords.outdated(renewed.password_hash)
    stronger.close()


async def test_signing_in_logs_no_name_and_no_password(door: SignIns, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[object] = []

    class Spy:
        def info(self, *said: object, **more: object) -> None:
            lines.append((said, more))

    monkeypatch.setattr(sessions_module, "_log", Spy())
    opened = await sign_in(door)
    with pytest.raises(CredentialsWrong):
        await door.sign_in("anna", "wrong horse", HOME, NOW)
    text = repr(lines).lower()
    assert len(lines) == 2
    for secret in ("anna", PASSWORD, "wrong horse", HOME, opened.cookie.reveal().lower(), opened.csrf):
        assert secret not in text


async def test_waiting_sign_ins_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = Passwords(memory_kib=8, passes=1, pending=0)
    with pytest.raises(TooMany) as caught:
        await busy.check(None, "x")
    assert caught.value.retry_after_s > 0
    busy.close()


@pytest.mark.parametrize("password", ["short", "x" * 257])
def test_passwords_have_a_length(passwords: Passwords, password: str) -> None:
    with pytest.raises(UserError):
        passwords.hash(password)


def test_a_password_is_the_same_from_another_keyboard(passwords: Passwords) -> None:
    assert passwords.matches(passwords.hash("Ａｂｃdéfgh"), "Abcdéfgh")


def test_a_longer_password_is_not_cut_to_fit(passwords: Passwords) -> None:
    long = "x" * 256
    assert passwords.matches(passwords.hash(long), long)
    assert not passwords.matches(passwords.hash(long), long + "x")


def test_a_damaged_hash_matches_nothing(passwords: Passwords) -> None:
    assert not passwords.matches("$argon2id$garbage", PASSWORD)


def test_accounts_are_made_with_proper_names(store: Store, passwords: Passwords, anna: AccountRecord) -> None:
    def create(**changes: str) -> AccountRecord:
        given = {"user": "bo", "name": "Bo", "institution": "Clinic", "password": PASSWORD} | changes
        return create_account(store, passwords, role=Role.OPERATOR, now=NOW, **given)

    assert create().person.institution == anna.person.institution
    for wrong in ({"name": " "}, {"name": "x" * 81}, {"institution": ""}, {"user": "a b"}):
        with pytest.raises(UserError):
            create(**{"user": "other"} | wrong)
    with pytest.raises(Conflict):
        create()
    msgspec.json.encode(create(user="third").person)
