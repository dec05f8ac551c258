"""The consultation itself: a virtual Encounter."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from recordings.fhir.names import TERMINOLOGY, Json, begin, coding, concept, instant, reference
from recordings.fhir.people import People
from recordings.log import LogHeader
from signalling import events as ev
from signalling.events import Event, Person
from signalling.ids import ParticipantId
from signalling.state import State
from signalling.vocabulary import Role, Status, Urgency

_PRIORITY: Final = {
    Urgency.ROUTINE: ("R", "routine"),
    Urgency.URGENT: ("UR", "urgent"),
    Urgency.EMERGENCY: ("EM", "emergency"),
}


@dataclass(slots=True)
class Stay:
    """One time of somebody in the consultation, in session µs; `left` -1 = the log does not say."""

    person: Person
    joined: int
    left: int = -1


def encounter(header: LogHeader, events: list[Event], state: State, people: People, zone: tzinfo) -> Json:
    priority, display = _PRIORITY[state.urgency]
    return {
        **begin("Encounter", header.consultation),
        "status": _status(state),
        "class": coding(f"{TERMINOLOGY}v3-ActCode", "VR", "virtual"),
        "priority": concept(f"{TERMINOLOGY}v3-ActPriority", priority, display),
        "serviceType": {"text": state.department},
        "subject": people.subject(),
        "participant": [
            _participant(stay, state, people, header, zone)
            for stay in stays(events)
            if stay.person.role is not Role.PATIENT
        ],
        "period": _period(header, max(state.opened_t, 0), state.closed_t, zone),
        "reasonCode": [{"text": state.reason}],
        "serviceProvider": reference(people.organization(state.requester)) if state.requester else None,
    }


def stays(events: Iterable[Event]) -> list[Stay]:
    """In order of arrival. A reconnection does not end a stay; coming again after having left begins another."""
    found: list[Stay] = []
    here: dict[ParticipantId, Stay] = {}
    for event in events:
        match event.body:
            case ev.Joined(participant=participant, person=person):
                here[participant] = Stay(person, event.t)
                found.append(here[participant])
            case ev.Left(participant=participant) if participant in here:
                here.pop(participant).left = event.t
            case _:
                pass
    return found


def _status(state: State) -> str:
    """Of R4's EncounterStatus. Closed without ever having been open: nobody met."""
    if state.status is Status.CLOSED:
        return "finished" if state.opened_t >= 0 else "cancelled"
    return "planned" if state.status in (Status.REQUESTED, Status.RINGING) else "in-progress"


def _participant(stay: Stay, state: State, people: People, header: LogHeader, zone: tzinfo) -> Json:
    code, display = "PART", "Participation"
    if state.specialist and stay.person.account == state.specialist.account:
        code, display = "CON", "consultant"
    elif state.requester and stay.person.account == state.requester.account:
        code, display = "REF", "referrer"
    return {
        "type": [concept(f"{TERMINOLOGY}v3-ParticipationType", code, display)],
        "period": _period(header, stay.joined, stay.left, zone),
        "individual": reference(people.person(stay.person)),
    }


def _period(header: LogHeader, start: int, end: int, zone: tzinfo) -> Json:
    began = {"start": instant(header.started_unix_us + start, zone)}
    return {**began, "end": instant(header.started_unix_us + end, zone)} if end >= start else began
