"""Grants and consents in `decide()`: what opens, to whom, until when. The rest of the table is in test_decide.py."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sefaw_rtc.access import (
    ACCESS_ACTIONS,
    READING_ACTIONS,
    Action,
    Ground,
    Resource,
    Subject,
    SubjectKind,
    decide,
    has_grant,
    refusal,
)
from sefaw_rtc.access.decide import is_running
from signalling.events import Grant
from signalling.ids import AccountId, ConsultationId, InstitutionId
from signalling.recording import Consent
from signalling.vocabulary import (
    AccessKind,
    AccessPurpose,
    ConsentGiver,
    ConsentKind,
    ConsentUse,
    ErrorCode,
    GrantData,
    Role,
)

NOW = 1_800_000_000
MS = 1000
ME, COLLEAGUE, OTHER = (AccountId(letter * 26) for letter in "mcx")
MINE, THEIRS, THIRD = (InstitutionId(letter * 26) for letter in "ijk")
THIS = ConsultationId("c" * 26)

# Which part of a grant opens which action, to which roles. Every other action is opened by none.
STAFF = (Role.VILLAGE_DOCTOR, Role.OPERATOR, Role.SPECIALIST, Role.REVIEWER, Role.OBSERVER)
OPENS = {
    Action.READ_SUMMARY: (GrantData.RECORD, STAFF),
    Action.READ_TIMELINE: (GrantData.RECORD, STAFF),
    Action.READ_ATTACHMENT: (GrantData.PICTURES, STAFF),
    Action.READ_PICTURES: (GrantData.PICTURES, STAFF),
    Action.READ_FOLDER: (GrantData.PICTURES, STAFF),
    Action.REPLAY: (GrantData.RECORDING, STAFF),
    Action.REVIEW_RECORDING: (GrantData.RECORDING, (Role.REVIEWER,)),
    Action.EXPORT_RECORD: (GrantData.COPY, STAFF),
}
NEEDS = {
    Action.REPLAY: ConsentUse.CARE,
    Action.REVIEW_RECORDING: ConsentUse.QUALITY,
    Action.EXPORT_RECORD: ConsentUse.CARE,
    Action.COPY_FOR_TEACHING: ConsentUse.TEACHING,
}


def consent(*uses: ConsentUse, until: int = 0) -> Consent:
    return Consent(
        key="k", how=ConsentKind.WITNESSED, giver=ConsentGiver.PATIENT, witness="W", uses=list(uses), until=until
    )


def grant(
    *data: GrantData, institution: InstitutionId = MINE, account: AccountId | None = None, until: int = (NOW + 1) * MS
) -> Grant:
    return Grant(
        key="g", institution=institution, site="County", account=account, data=list(data or GrantData), until=until
    )


def somebody(role: Role, account: AccountId = ME, institution: InstitutionId | None = MINE) -> Subject:
    return Subject(kind=SubjectKind.SESSION, account=account, institution=institution, role=role, expires=NOW + 99)


# Of another institution, asked for by somebody else: nothing but grants leads to it.
FOREIGN = Resource(
    institution=THEIRS,
    consultation=THIS,
    requester=OTHER,
    participants=frozenset({OTHER}),
    consent=consent(*ConsentUse),
    recorded=True,
)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("part", GrantData)
def test_what_a_grant_opens_and_nothing_else(action: Action, role: Role, part: GrantData) -> None:
    without = decide(somebody(role), action, FOREIGN, NOW)
    decision = decide(somebody(role), action, replace(FOREIGN, grants=(grant(part),)), NOW)
    opens, roles = OPENS.get(action, (None, ()))
    by_grant = part is opens and role in roles
    assert decision.allowed is (without.allowed or by_grant)
    if by_grant and not without.allowed:
        assert (decision.ground, decision.grant) == (Ground.GRANT, "g")
    else:
        assert decision.grant == ""


@pytest.mark.parametrize("action", OPENS)
@pytest.mark.parametrize(
    ("given", "account", "institution", "allowed"),
    [
        (grant(), ME, MINE, True),
        (grant(account=ME), ME, MINE, True),
        (grant(account=ME), COLLEAGUE, MINE, False),  # to one doctor is to no colleague
        (grant(account=ME), ME, THIRD, False),  # and not to where the doctor went
        (grant(), ME, THIRD, False),
        (grant(institution=THIRD), ME, MINE, False),
        (grant(), ME, None, False),
    ],
)
def test_whom_a_grant_is_for(
    action: Action, given: Grant, account: AccountId, institution: InstitutionId | None, allowed: bool
) -> None:
    subject = somebody(Role.REVIEWER, account, institution)
    assert decide(subject, action, replace(FOREIGN, grants=(given,)), NOW).allowed is allowed


moments = st.integers(1, 4_000_000_000_000)
grants = st.builds(
    grant,
    st.sampled_from(GrantData),
    institution=st.sampled_from([MINE, THIRD]),
    account=st.sampled_from([None, ME, COLLEAGUE]),
    until=moments,
)


@given(st.sampled_from(list(Action)), st.sampled_from(list(Role)), st.lists(grants, max_size=4), st.data())
def test_what_is_over_or_taken_back_never_opens_anything(
    action: Action, role: Role, given: list[Grant], data: st.DataObject
) -> None:
    """Whatever the grants, from the end of the longest on: as if there were none. And taken back, at any time."""
    end_s = max((one.until for one in given), default=0) // MS
    now = data.draw(st.integers(end_s, end_s + 10**9))
    subject = replace(somebody(role), expires=0)
    bare = decide(subject, action, FOREIGN, now).allowed
    assert decide(subject, action, replace(FOREIGN, grants=tuple(given)), now).allowed is bare
    assert decide(subject, action, replace(FOREIGN, revoked=tuple(given)), NOW).allowed is bare


@given(moments, st.integers(0, 4_000_000_000))
def test_nothing_lasts_longer_than_promised(until: int, now: int) -> None:
    if is_running(until, now):
        assert now * MS + 999 < until, "in no millisecond of this second"
    else:
        assert until < (now + 1) * MS


@pytest.mark.parametrize(("action", "role"), list(product(OPENS, STAFF)))
def test_a_denial_wins_over_a_grant(action: Action, role: Role) -> None:
    opened = replace(FOREIGN, grants=(grant(),))
    denied = decide(somebody(role), action, replace(opened, denied=frozenset({ME})), NOW)
    assert (denied.allowed, denied.ground) == (False, Ground.REVOKED)
    assert not decide(replace(somebody(role), disabled=True), action, opened, NOW).allowed
    assert not decide(replace(somebody(role), expires=NOW), action, opened, NOW).allowed


def test_it_says_that_there_was_a_grant() -> None:
    over = replace(FOREIGN, grants=(grant(until=NOW * MS),))
    taken_back = replace(FOREIGN, revoked=(grant(),))
    for resource in (over, taken_back):
        decision = decide(somebody(Role.SPECIALIST), Action.REPLAY, resource, NOW)
        assert decision.ground is Ground.GRANT_ENDED
        assert refusal(decision, somebody(Role.SPECIALIST)).code is ErrorCode.GRANT_ENDED
    to_others = replace(FOREIGN, revoked=(grant(account=COLLEAGUE),))
    assert decide(somebody(Role.SPECIALIST), Action.REPLAY, to_others, NOW).ground is Ground.OTHER_INSTITUTION


# ---- consent ------------------------------------------------------------------------------------------------------

INSIDE = {
    Action.REPLAY: (Role.SPECIALIST, replace(FOREIGN, participants=frozenset({ME}))),
    Action.REVIEW_RECORDING: (Role.REVIEWER, replace(FOREIGN, institution=MINE)),
    Action.EXPORT_RECORD: (Role.VILLAGE_DOCTOR, replace(FOREIGN, requester=ME)),
    Action.COPY_FOR_TEACHING: (Role.REVIEWER, replace(FOREIGN, institution=MINE)),
}


@pytest.mark.parametrize("action", NEEDS)
@pytest.mark.parametrize("use", ConsentUse)
def test_each_needs_its_own_use(action: Action, use: ConsentUse) -> None:
    role, resource = INSIDE[action]
    decision = decide(somebody(role), action, replace(resource, consent=consent(use)), NOW)
    assert decision.allowed is (use is NEEDS[action])
    assert decision.ground is (Ground.TABLE if decision.allowed else Ground.NO_CONSENT)


@pytest.mark.parametrize("action", NEEDS)
def test_a_consent_that_is_over_or_withdrawn_opens_nothing(action: Action) -> None:
    role, resource = INSIDE[action]
    for held in (None, consent(*ConsentUse, until=NOW * MS), consent(*ConsentUse, until=(NOW + 1) * MS - 1)):
        decision = decide(somebody(role), action, replace(resource, consent=held), NOW)
        assert (decision.allowed, decision.ground) == (False, Ground.NO_CONSENT)
        assert refusal(decision, somebody(role)).code is ErrorCode.NO_CONSENT
    lasting = consent(*ConsentUse, until=(NOW + 1) * MS)
    assert decide(somebody(role), action, replace(resource, consent=lasting), NOW).allowed


@pytest.mark.parametrize("action", OPENS)
def test_a_grant_does_not_stand_in_for_consent(action: Action) -> None:
    opened = replace(FOREIGN, grants=(grant(),), consent=None)
    assert decide(somebody(Role.REVIEWER), action, opened, NOW).allowed is (action not in NEEDS)


@pytest.mark.parametrize("action", NEEDS)
def test_where_nothing_was_recorded_only_a_teaching_copy_needs_consent(action: Action) -> None:
    role, resource = INSIDE[action]
    bare = replace(resource, consent=None, recorded=False)
    assert decide(somebody(role), action, bare, NOW).allowed is (action is not Action.COPY_FOR_TEACHING)


def test_patients_need_no_consent_for_what_is_theirs() -> None:
    own = replace(FOREIGN, participants=frozenset({ME}), consent=None)
    assert decide(somebody(Role.PATIENT), Action.REPLAY, own, NOW).allowed
    assert not decide(somebody(Role.PATIENT), Action.REPLAY, FOREIGN, NOW).allowed
    assert not decide(somebody(Role.PATIENT), Action.REPLAY, replace(FOREIGN, grants=(grant(),)), NOW).allowed


def test_every_kind_and_purpose_has_its_row() -> None:
    purposes = set(AccessPurpose) - {AccessPurpose.ADMINISTRATION}  # nobody replays for it
    opened = {*product((AccessKind.REPLAY, AccessKind.FETCH), purposes)}
    copied = {*product((AccessKind.EXPORT, AccessKind.TEACHING), AccessPurpose)}
    assert set(ACCESS_ACTIONS) == opened | copied
    assert {kind for kind, _ in ACCESS_ACTIONS} | {*READING_ACTIONS.values()} == set(AccessKind)


@pytest.mark.parametrize("action", READING_ACTIONS)
def test_a_part_is_called_what_the_grant_calls_it(action: Action) -> None:
    given = OPENS.get(action, (GrantData.RECORD, ()))[0]  # nobody is given reviews
    assert READING_ACTIONS[action].value == given.value


def test_whoever_was_given_any_part_has_a_grant_until_it_is_taken_back() -> None:
    mine = grant(GrantData.RECORD, account=ME)
    assert has_grant(somebody(Role.SPECIALIST), replace(FOREIGN, grants=(mine,)))
    assert not has_grant(somebody(Role.SPECIALIST, COLLEAGUE), replace(FOREIGN, grants=(mine,)))
    assert not has_grant(somebody(Role.SPECIALIST), replace(FOREIGN, revoked=(mine,)))
