"""Opening what is kept: asked, written into the log of a closed consultation, counted once; refusals too."""

import hashlib

import msgspec
import pytest

from recordings import LogWriter, read_consultation
from recordings.crypt import leaf_secret
from recordings.leaves import PROOF
from recordings.tlog import Leaf, LeafKind
from recordings.tlog.leaf import salted
from sefaw_rtc.access import SignedIn, create_account
from sefaw_rtc.errors import UserError
from sefaw_rtc.service import accesses
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.demo import CLINIC, password_of
from sefaw_rtc.service.finding import find
from sefaw_rtc.service.openings import OPENINGS_A_MINUTE, Openings
from signalling.canonical import canonical
from signalling.events import Accessed, Event
from signalling.ids import AccountId, ConsultationId
from signalling.messages import GiveConsent, HangUp, JoinedReply, Lobby
from signalling.recording import Consent
from signalling.vocabulary import (
    AccessKind,
    AccessPurpose,
    ConsentGiver,
    ConsentKind,
    ConsentUse,
    ErrorCode,
    Ground,
    Role,
)
from tests.web.world import Page, World, connect

REPLAY = AccessKind.REPLAY
CARE, REVIEW = AccessPurpose.CARE, AccessPurpose.REVIEW


async def a_closed_one(world: World, *uses: ConsentUse) -> ConsultationId:
    page, _ = await connect(world)
    consultation = (await page.get(JoinedReply)).consultation
    if uses:
        await consented(page, *uses)
    await page.ask(HangUp(re=1))
    await page.get(Lobby, lambda m: any(b.closed_at for b in m.consultations))
    return consultation


async def consented(page: Page, *uses: ConsentUse) -> None:
    consent = Consent(key="k", how=ConsentKind.WITNESSED, giver=ConsentGiver.PATIENT, witness="Nurse", uses=list(uses))
    await page.ask(GiveConsent(re=1, consent=consent))


async def opened(
    world: World, user: str, consultation: ConsultationId, what: AccessKind = REPLAY, purpose: AccessPurpose = CARE
) -> ErrorCode | Ground:
    """How it went: the ground of the yes, or the error."""
    session = await a_session(world, user)
    found = await find(world.services, consultation)
    try:
        return (await accesses.open_access(world.services, session, found, what, purpose=purpose)).ground
    except UserError as error:
        return error.code


async def a_session(world: World, user: str) -> SignedIn:
    person = await world.sign_in(user)
    session = await world.services.sign_ins.session(next(iter(person.http.cookie_jar)).value, unix_s())
    assert session is not None
    return session


async def staff(world: World, user: str, role: Role, institution: str) -> None:
    await world.services.store.run(
        create_account,
        world.services.store,
        world.running._passwords,
        user=user,
        name=user,
        role=role,
        institution=institution,
        password=password_of(user),
        now=unix_s(),
    )


def log_of(world: World, consultation: ConsultationId) -> list[Event]:
    keeper = world.services.keeper
    return read_consultation(keeper.closed_path(consultation), keeper.keyring).events


def written(world: World, consultation: ConsultationId) -> list[Accessed]:
    return [event.body for event in log_of(world, consultation) if isinstance(event.body, Accessed)]


async def test_who_took_part_opens_it_and_it_is_written(world: World) -> None:
    consultation = await a_closed_one(world, ConsentUse.CARE)
    assert await opened(world, "specialist", consultation) is Ground.TABLE
    (one,) = written(world, consultation)
    assert (one.allowed, one.kind, one.purpose, one.ground) == (True, REPLAY, CARE, Ground.TABLE)
    assert one.person.role is Role.SPECIALIST


async def test_each_opening_is_a_leaf_of_the_transparency_log(world: World) -> None:
    consultation = await a_closed_one(world, ConsentUse.CARE)
    await opened(world, "specialist", consultation)
    await world.services.attesting.notary.settle()
    event = next(event for event in log_of(world, consultation) if isinstance(event.body, Accessed))
    path = world.services.keeper.keyring.folder(consultation) / PROOF / f"access-{event.seq:06}.leaf"
    leaf = Leaf.parse(path.read_bytes())
    assert leaf.kind is LeafKind.ACCESS
    digest = hashlib.sha256(canonical(msgspec.to_builtins(event))).hexdigest()
    assert leaf.digest == salted(leaf_secret(world.services.keeper.keyring.open(consultation)), digest)


async def test_a_review_needs_a_consent_for_it(world: World) -> None:
    await staff(world, "quality", Role.REVIEWER, CLINIC)
    consultation = await a_closed_one(world, ConsentUse.CARE)
    assert await opened(world, "specialist", consultation) is Ground.TABLE
    assert await opened(world, "quality", consultation, purpose=REVIEW) is ErrorCode.NO_CONSENT
    allowed, refused = written(world, consultation)
    assert (allowed.allowed, refused.allowed, refused.ground) == (True, False, Ground.NO_CONSENT)


async def test_with_a_consent_for_quality_the_reviewer_looks(world: World) -> None:
    await staff(world, "quality", Role.REVIEWER, CLINIC)
    consultation = await a_closed_one(world, ConsentUse.CARE, ConsentUse.QUALITY)
    assert await opened(world, "quality", consultation, purpose=REVIEW) is Ground.TABLE
    assert await opened(world, "quality", consultation, AccessKind.TEACHING) is ErrorCode.NO_CONSENT


async def test_a_stranger_is_refused_and_it_is_written_once_a_minute(world: World) -> None:
    await staff(world, "other_specialist", Role.SPECIALIST, "Another hospital")
    consultation = await a_closed_one(world, ConsentUse.CARE)
    for _ in range(3):
        assert await opened(world, "other_specialist", consultation) is ErrorCode.FORBIDDEN
    assert [(one.allowed, one.ground) for one in written(world, consultation)] == [(False, Ground.OTHER_INSTITUTION)]


async def test_an_id_that_is_none_opens_and_writes_nothing(world: World) -> None:
    for forged in ("c" * 26, "../../etc/passwd", ""):
        assert await opened(world, "specialist", ConsultationId(forged)) is ErrorCode.FORBIDDEN


async def test_a_consent_withdrawn_since_counts_at_once(world: World) -> None:
    consultation = await a_closed_one(world, ConsentUse.CARE)
    assert await opened(world, "specialist", consultation) is Ground.TABLE
    village = await a_session(world, "village")
    await world.services.paperwork.act(
        consultation, lambda heart, now, _: heart.recording.handle_withdraw_by(now, village.account.id)
    )
    assert await opened(world, "specialist", consultation) is ErrorCode.NO_CONSENT


async def test_what_cannot_be_written_is_not_opened(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    consultation = await a_closed_one(world, ConsentUse.CARE)

    def full(*_: object) -> None:
        raise UserError(ErrorCode.STORAGE_FULL)

    monkeypatch.setattr(LogWriter, "append", full)
    assert await opened(world, "specialist", consultation) is ErrorCode.STORAGE_FULL


def test_nobody_opens_without_end() -> None:
    openings = Openings()
    doer = (ConsultationId("c" * 26), AccountId("a" * 26))
    for _ in range(OPENINGS_A_MINUTE):
        openings.spend(doer, 100)
    with pytest.raises(UserError):
        openings.spend(doer, 159)
    openings.spend(doer, 160)
