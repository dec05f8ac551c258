"""The canonical form is one form: RFC 8785's own examples, and both of our ways to it agree."""

import hashlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signalling import events as ev
from signalling.canonical import MAX_INTEGER, NotCanonical, canonical, canonical_state, state_hash
from signalling.fold import fold_all
from signalling.generate.people import PATIENT, VILLAGE
from signalling.generate.scenarios import scenarios
from signalling.ids import ParticipantId
from signalling.state import State
from signalling.vocabulary import Urgency
from tests.signalling.vectors import entries

texts = st.text(st.characters(exclude_categories=["Cs"]))  # no lone surrogates: the wire has none


@pytest.mark.parametrize("entry", entries("canonical.json"), ids=lambda e: e["canonical"][:20].encode().hex())
def test_golden_values(entry: dict[str, Any]) -> None:
    assert canonical(entry["value"]).decode() == entry["canonical"]


def test_names_are_in_the_order_of_rfc_8785_section_3_2_3() -> None:
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    assert list(json.loads(canonical(dict.fromkeys(names)))) == [
        "\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), MAX_INTEGER + 1, -MAX_INTEGER - 1, "\ud800", {1: 2}, b"", {"a": {2.5}}]
)
def test_what_two_languages_could_read_differently_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical(value)


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
))  # fmt: skip
def test_canonical_is_json_and_canonical_again(value: Any) -> None:
    once = canonical(value)
    assert json.loads(once) == value
    assert canonical(json.loads(once)) == once


@given(texts.filter(bool), texts, st.lists(texts.filter(bool), max_size=4))
def test_the_fast_way_for_states_gives_the_same_bytes(reason: str, name: str, lines: list[str]) -> None:
    patient = msgspec.structs.replace(PATIENT, name=name)
    one = ParticipantId(1)
    bodies = [
        ev.Requested(requester=VILLAGE, patient=patient, reason=reason, urgency=Urgency.ROUTINE),
        ev.Joined(participant=one, person=VILLAGE),
        *(ev.ChatSaid(participant=one, key="k", text=line) for line in lines),
    ]
    state = fold_all(ev.Event(seq=n, t=n, by=0, body=body) for n, body in enumerate(bodies, 1))
    assert canonical_state(state) == canonical(msgspec.to_builtins(state))


@pytest.mark.parametrize("name", scenarios())
def test_the_fast_way_agrees_on_every_scenario(name: str) -> None:
    state = fold_all(scenarios()[name])
    assert canonical_state(state) == canonical(msgspec.to_builtins(state))


def test_the_hash_is_sha256_of_the_form() -> None:
    form = canonical(msgspec.to_builtins(State()))
    assert state_hash(State()) == hashlib.sha256(form).hexdigest()
