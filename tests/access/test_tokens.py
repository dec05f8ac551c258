"""Tokens: bound, short-lived, single-use where they should be; what else comes in is refused in one of three ways."""

import base64
import json

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sefaw_rtc.access import Audience, SubjectKind, Tokens
from sefaw_rtc.access.tokens import VERIFIED_CAPACITY
from sefaw_rtc.errors import TokenExpired, TokenInvalid, TokenReplayed, TooMany
from signalling.ids import AccountId, ConsultationId, ParticipantId
from signalling.vocabulary import Role

NOW = 1_800_000_000
KEY = bytes(range(32))
ACCOUNT = AccountId("a" * 26)
CONSULTATION = ConsultationId("c" * 26)


def issue(tokens: Tokens, audience: Audience = Audience.JOIN, lifetime_s: int = 120, now: int = NOW) -> str:
    return tokens.issue(
        audience, account=ACCOUNT, consultation=CONSULTATION, role=Role.SPECIALIST, now=now, lifetime_s=lifetime_s
    )


def signed(tokens: Tokens, **changes: object) -> str:
    """A token with our signature and other claims; None removes one."""
    good = jwt.decode(issue(tokens), options={"verify_signature": False})
    payload = {key: value for key, value in (good | changes).items() if value is not None}
    return jwt.encode(payload, tokens._key, algorithm="HS256")


@pytest.mark.parametrize("audience", Audience)
def test_a_token_says_what_was_put_in(audience: Audience) -> None:
    tokens = Tokens(KEY)
    token = tokens.issue(
        audience,
        account=ACCOUNT,
        consultation=CONSULTATION,
        role=Role.OPERATOR,
        now=NOW,
        lifetime_s=60,
        participant=ParticipantId(7),
    )
    claims = tokens.read(token, [audience], NOW)
    assert (claims.account, claims.consultation, claims.role) == (ACCOUNT, CONSULTATION, Role.OPERATOR)
    assert (claims.participant, claims.expires, claims.audience) == (7, NOW + 60, audience)
    subject = claims.subject()
    assert (subject.kind, subject.audience, subject.expires) == (SubjectKind.TICKET, audience, NOW + 60)
    assert len(token) < 512


def test_another_process_reads_all_but_join_tokens() -> None:
    """A replay table lives in memory: after a restart a join token might be taken a second time."""
    before, after = Tokens(KEY), Tokens(KEY)
    assert after.read(issue(before, Audience.RESUME), [Audience.RESUME], NOW).account == ACCOUNT
    with pytest.raises(TokenInvalid, match="restart"):
        after.take(issue(before), NOW)


def test_a_token_is_good_for_its_audience_only() -> None:
    tokens = Tokens(KEY)
    for audience in Audience:
        for other in set(Audience) - {audience}:
            with pytest.raises(TokenInvalid):
                tokens.read(issue(tokens, audience), [other], NOW)
    assert tokens.read(issue(tokens, Audience.WHEP), [Audience.WHIP, Audience.WHEP], NOW).audience is Audience.WHEP


def test_a_token_expires_on_the_second() -> None:
    tokens = Tokens(KEY)
    token = issue(tokens, lifetime_s=120)
    assert tokens.read(token, [Audience.JOIN], NOW + 119)
    with pytest.raises(TokenExpired):
        tokens.read(token, [Audience.JOIN], NOW + 120)


def test_a_join_token_is_taken_once_even_after_it_expired() -> None:
    tokens = Tokens(KEY)
    token = issue(tokens)
    assert tokens.take(token, NOW).consultation == CONSULTATION
    with pytest.raises(TokenReplayed):
        tokens.take(token, NOW + 119)
    with pytest.raises(TokenExpired):
        tokens.take(token, NOW + 120)


def test_only_join_tokens_are_taken() -> None:
    tokens = Tokens(KEY)
    with pytest.raises(TokenInvalid):
        tokens.take(issue(tokens, Audience.RESUME), NOW)


def test_the_replay_table_is_bounded_and_forgets_what_expired() -> None:
    tokens = Tokens(KEY, replay_capacity=3)
    for _ in range(3):
        tokens.take(issue(tokens), NOW)
    late = issue(tokens)
    with pytest.raises(TooMany):
        tokens.take(late, NOW)
    tokens.take(issue(tokens, now=NOW + 120), NOW + 120)
    assert len(tokens._used) == 1


def test_strangers_signatures_are_refused() -> None:
    with pytest.raises(TokenInvalid):
        Tokens(KEY).read(issue(Tokens(bytes(32))), [Audience.JOIN], NOW)


def test_the_algorithm_is_not_the_senders_choice() -> None:
    tokens = Tokens(KEY)
    head, body, _ = issue(tokens).split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    payload = jwt.decode(issue(tokens), options={"verify_signature": False})
    for token in (
        f"{none}.{body}.",
        f"{head}.{body}.",
        jwt.encode(payload, tokens._key * 2, algorithm="HS512"),
    ):
        with pytest.raises(TokenInvalid):
            tokens.read(token, [Audience.JOIN], NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "admin"}, {"aud": None}, {"aud": ["join", "whip"]}, {"sub": None}, {"sub": "x"}, {"con": "../etc"},
        {"role": "root"}, {"role": None}, {"exp": None}, {"exp": "soon"}, {"exp": -1}, {"exp": 10**30}, {"exp": True},
        {"jti": None}, {"jti": "short"}, {"jti": "x" * 65}, {"iss": "somebody"}, {"iss": None}, {"participant": 0},
    ],
)  # fmt: skip
def test_our_signature_over_other_claims_is_refused(changes: dict[str, object]) -> None:
    tokens = Tokens(KEY)
    with pytest.raises(TokenInvalid):
        tokens.read(signed(tokens, **changes), [*Audience], NOW)


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "x" * 2049, "é.é.é", "\x00", "{}", "eyJhbGciOiJIUzI1NiJ9.." * 3]
)
def test_garbage_is_refused(token: str) -> None:
    with pytest.raises(TokenInvalid):
        Tokens(KEY).read(token, [Audience.JOIN], NOW)


def test_a_deeply_nested_payload_is_refused() -> None:
    tokens = Tokens(KEY)
    deep = base64.urlsafe_b64encode(b"[" * 1200).rstrip(b"=").decode()
    with pytest.raises(TokenInvalid):
        tokens.read(f"{deep}.{deep}.x"[:2048], [Audience.JOIN], NOW)


@given(st.text(max_size=200))
def test_no_text_is_more_than_invalid(text: str) -> None:
    with pytest.raises(TokenInvalid):
        Tokens(KEY).read(text, [*Audience], NOW)


@given(position=st.integers(0, 400), bit=st.integers(0, 6))
def test_no_single_changed_character_passes(position: int, bit: int) -> None:
    tokens = Tokens(KEY)
    token = issue(tokens)
    position %= len(token)
    changed = token[:position] + chr(ord(token[position]) ^ (1 << bit)) + token[position + 1 :]
    try:
        claims = tokens.read(changed, [*Audience], NOW)
    except TokenInvalid:
        return
    # The last character of base64 has bits that mean nothing; such a token is the same token.
    assert claims == tokens.read(token, [*Audience], NOW)


def test_a_token_shown_again_still_expires_and_keeps_its_audience() -> None:
    tokens = Tokens(KEY)
    token = issue(tokens, Audience.WHIP, lifetime_s=10)
    first = tokens.read(token, [Audience.WHIP], NOW)
    assert tokens.read(token, [Audience.WHIP], NOW + 9) is first
    with pytest.raises(TokenInvalid):
        tokens.read(token, [Audience.WHEP], NOW)
    with pytest.raises(TokenExpired):
        tokens.read(token, [Audience.WHIP], NOW + 10)


def test_what_is_kept_of_tokens_is_bounded() -> None:
    tokens = Tokens(KEY)
    often = issue(tokens, Audience.WHIP)
    kept = tokens.read(often, [Audience.WHIP], NOW)
    for _ in range(VERIFIED_CAPACITY + 10):
        tokens.read(issue(tokens, Audience.WHIP), [Audience.WHIP], NOW)
        tokens.read(often, [Audience.WHIP], NOW)
    assert tokens.read(often, [Audience.WHIP], NOW) is kept, "what is used stays"
    assert len(tokens._known) == VERIFIED_CAPACITY


def test_a_token_that_is_shown_once_is_not_kept() -> None:
    tokens = Tokens(KEY)
    tokens.take(issue(tokens), NOW)
    tokens.read(issue(tokens, Audience.RESUME), [Audience.RESUME], NOW)
    assert not tokens._known
