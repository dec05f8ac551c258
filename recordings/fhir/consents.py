"""Consent resources: what the patient agreed to for the recording, and to whom the consultation was opened. As the log
has them, each for itself: one that was withdrawn, replaced or taken back is there and inactive."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from recordings.fhir.names import LOINC, TERMINOLOGY, Json, coding, concept, instant, reference, system
from recordings.fhir.reports import Frame
from signalling import events as ev
from signalling.events import Event
from signalling.recording import ConsentEnded, ConsentTaken
from signalling.state import GrantState, State
from signalling.vocabulary import ConsentGiver, ConsentKind, ConsentUse, Role

_MS: Final = 1000
_PURPOSES: Final = {
    ConsentUse.CARE: ("TREAT", "treatment"),
    ConsentUse.QUALITY: ("HQUALIMP", "health quality improvement"),
    ConsentUse.TEACHING: ("TRAIN", "training"),
}


@dataclass(slots=True)
class _Held:
    """A consent and when it ended, Unix µs; 0 = it did not."""

    taken: ConsentTaken
    ended: int = 0


def consents(frame: Frame, events: Iterable[Event], state: State, started_unix_us: int) -> list[Json]:
    """None where the log names no patient: there is nobody whose they could be."""
    if frame.people.patient is None:
        return []
    held = _held(events, started_unix_us)
    recordings = [_recording(frame, number, one) for number, one in enumerate(held, start=1)]
    return recordings + [_grant(frame, one) for one in state.grants]


def _held(events: Iterable[Event], started_unix_us: int) -> list[_Held]:
    found: list[_Held] = []
    for event in events:
        if isinstance(event.body, ConsentTaken | ConsentEnded) and found and not found[-1].ended:
            found[-1].ended = started_unix_us + event.t
        if isinstance(event.body, ConsentTaken):
            found.append(_Held(event.body))
    return found


def _recording(frame: Frame, number: int, one: _Held) -> Json:
    consent, at = one.taken.consent, one.taken.at * _MS
    ends = [end for end in (one.ended, consent.until * _MS) if end]
    uses = [use for use in ConsentUse if use in consent.uses]
    provision = {
        "type": "permit",
        "period": _period(frame, at, min(ends, default=0)),
        "action": [_action("collect", "Collect"), _action("use", "Use")],
        "purpose": [coding(f"{TERMINOLOGY}v3-ActReason", *_PURPOSES[use]) for use in uses],
        "data": [{"meaning": "related", "reference": reference(frame.encounter)}],
    }
    witness = {"verified": True, "verifiedWith": {"display": consent.witness}, "verificationDate": _at(frame, at)}
    return {
        **_begin(frame, "recording", str(number)),
        "status": "inactive" if one.ended else "active",
        "dateTime": _at(frame, at),
        "performer": [_agreed(frame, consent.giver, consent.giver_name)],
        "sourceAttachment": {"title": consent.proof},
        "verification": [witness] if consent.how is ConsentKind.WITNESSED else [],
        "provision": provision,
    }


def _grant(frame: Frame, one: GrantState) -> Json:
    grant, at = one.grant, one.at * _MS
    until = min(grant.until, one.revoked_at or grant.until) * _MS
    recipient = concept(f"{TERMINOLOGY}v3-ParticipationType", "IRCP", "information recipient")
    return {
        **_begin(frame, "grant", grant.key),
        "status": "inactive" if one.revoked_at else "active",
        "dateTime": _at(frame, at),
        "performer": [_giver(frame, one.giver)],
        "provision": {
            "type": "permit",
            "period": _period(frame, at, until),
            "actor": [{"role": recipient, "reference": reference(frame.people.recipient(grant))}],
            "action": [_action("access", "Access")],
            "code": [concept(system("grant-data"), part.value, part.value) for part in grant.data],
            "data": [{"meaning": "related", "reference": reference(frame.encounter)}],
        },
    }


def _begin(frame: Frame, *what: str) -> Json:
    """Whose, of what kind, and the rule beside which the provisions stand: nothing but what is permitted."""
    begun = frame.common("Consent", *what)
    del begun["subject"], begun["encounter"]
    return {
        **begun,
        "scope": concept(f"{TERMINOLOGY}consentscope", "patient-privacy", "Privacy Consent"),
        "category": [concept(LOINC, "59284-0", "Consent Document")],
        "patient": frame.people.subject(),
        "policyRule": concept(f"{TERMINOLOGY}v3-ActCode", "OPTIN", "opt-in"),
    }


def _agreed(frame: Frame, giver: ConsentGiver, name: str) -> Json | None:
    if giver is ConsentGiver.PATIENT:
        return frame.people.subject()
    return {"type": "RelatedPerson", "display": name}


def _giver(frame: Frame, person: ev.Person) -> Json | None:
    return frame.people.subject() if person.role is Role.PATIENT else reference(frame.people.person(person))


def _action(code: str, display: str) -> Json:
    return concept(f"{TERMINOLOGY}consentaction", code, display)


def _period(frame: Frame, start: int, end: int) -> Json:
    """An end that the clock put before the beginning is the beginning."""
    began = {"start": _at(frame, start)}
    return {**began, "end": _at(frame, max(start, end))} if end else began


def _at(frame: Frame, unix_us: int) -> str:
    return instant(unix_us, frame.zone)
