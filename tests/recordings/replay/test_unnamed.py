"""A log of nobody: no name, house, number or key of its people; it folds to the same, and people are told apart."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from recordings.replay.course import people_of
from recordings.replay.unnamed import NOBODY, Unnamed, unnamed
from signalling.codec import decode_event, encode_event
from signalling.events import ChatSaid, Event, Joined, OpinionSigned, Requested
from signalling.fold import fold_all
from signalling.generate.scenarios import scenarios

_SAYS_WHO = {"name", "site", "account", "institution", "identifier", "callee", "witness", "giver_name", "to"}
_WRITTEN = {"text", "reason", "findings", "impression", "advice", "description", "department"}


def telling(value: Any, field: str = "") -> Iterator[str]:
    """Every text of a record that says who, wherever it is."""
    match value:
        case msgspec.Struct():
            for name in value.__struct_fields__:
                yield from telling(getattr(value, name), name)
        case list() | tuple():
            for one in value:
                yield from telling(one, field)
        case str() if field in _SAYS_WHO and value not in {"", NOBODY}:
            yield value


@pytest.mark.parametrize("name", scenarios())
def test_nobody_is_named_in_any_event_that_there_is(name: str) -> None:
    log = scenarios()[name]
    known = set(telling(log))
    assert known
    made = unnamed(log)
    for before, after in zip(log, made, strict=True):
        assert decode_event(encode_event(after)) == after
        assert (after.seq, after.t, after.by, type(after.body)) == (
            before.seq,
            before.t,
            before.by,
            type(before.body),
        )
        written = {getattr(before.body, field, "") for field in _WRITTEN}
        text = encode_event(after).decode()
        assert not [one for one in known if one in text and not any(one in str(words) for words in written)]


@pytest.mark.parametrize("name", scenarios())
def test_it_folds_to_the_same_state_of_nobody(name: str) -> None:
    log = scenarios()[name]
    state = fold_all(unnamed(log))
    assert not set(telling(log)) & set(telling(state))
    before = fold_all(log)
    for part in ("status", "tracks", "reason", "chat", "opened_t", "closed_t"):
        assert getattr(state, part) == getattr(before, part)
    assert len(state.participants) == len(before.participants)
    assert len({one.person.account for one in state.participants}) == len(
        {one.person.account for one in before.participants}
    ), "two people stay two"


def test_roles_stay_and_letters_follow_the_log() -> None:
    people = people_of(unnamed(scenarios()["whole_call"]))
    assert [(one.name, one.role.value, one.institution) for one in people] == [
        ("A", "village_doctor", NOBODY),
        ("B", "specialist", NOBODY),
        ("D", "operator", NOBODY),  # C was the one to be rung next
    ]


def test_whatever_is_made_of_a_log_has_its_letters_when_it_was_met_before() -> None:
    log = scenarios()["whole_call"]
    met = Unnamed.of(log)
    joined = [event.body for event in log if isinstance(event.body, Joined)]
    assert [met.record(body.person).name for body in reversed(joined)] == ["D", "B", "A"]
    assert met.record(log[0]) == unnamed(log)[0]


def test_of_whom_no_log_is_read_nobody_is_told_apart() -> None:
    log = scenarios()["whole_call"]
    people = [event.body.person for event in log if isinstance(event.body, Joined)]
    made = [Unnamed(apart=False).record(one) for one in people]
    assert {(one.name, one.account, one.site, one.institution) for one in made} == {
        (NOBODY, made[0].account, NOBODY, made[0].institution)
    }
    assert [one.role for one in made] == [one.role for one in people]


def test_what_is_written_stays_and_what_gives_its_signer_away_goes() -> None:
    said = [event for log in scenarios().values() for event in log if isinstance(event.body, ChatSaid)]
    assert [event.body for event in unnamed(said)] == [event.body for event in said]
    log = scenarios()["opinion_after_the_call"]
    signed = [event.body for event in unnamed(log) if isinstance(event.body, OpinionSigned)]
    assert signed
    assert all((one.key, one.signature) == ("", "") for one in signed)
    assert [one.opinion.findings for one in signed] == [
        event.body.opinion.findings for event in log if isinstance(event.body, OpinionSigned)
    ]


def test_a_patient_keeps_sex_and_age() -> None:
    (asked,) = [event.body for event in unnamed(scenarios()["unicode"]) if isinstance(event.body, Requested)]
    (real,) = [event.body for event in scenarios()["unicode"] if isinstance(event.body, Requested)]
    assert (asked.patient.name, asked.patient.identifier) == (NOBODY, "")
    assert (asked.patient.sex, asked.patient.birth_year) == (real.patient.sex, real.patient.birth_year)


def test_more_people_than_letters() -> None:
    joined = next(event for event in scenarios()["whole_call"] if isinstance(event.body, Joined))
    people, names = Unnamed(), []
    for n in range(30):
        person = msgspec.structs.replace(joined.body.person, account=f"person-{n}")  # type: ignore[union-attr]
        event: Event = msgspec.structs.replace(joined, body=msgspec.structs.replace(joined.body, person=person))
        names.append(people.record(event).body.person.name)  # type: ignore[union-attr]
    assert names[:2] + names[25:28] == ["A", "B", "Z", "A2", "B2"]
    assert len(set(names)) == 30
