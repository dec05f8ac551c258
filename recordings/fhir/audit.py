"""AuditEvents from access records, after IHE's Basic Audit Log Patterns (BALP 1.1.4): a read is PatientRead, a
disclosure PrivacyDisclosure.Source. BALP has no profile for an export that stays in the house nor for what was refused:
these follow the same shape and claim none."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from recordings.fhir.names import DCM, TERMINOLOGY, Json, begin, coding, concept, instant, reference
from recordings.fhir.reports import Frame
from signalling.events import Accessed, Event, ExportedHere, Person
from signalling.ids import Count
from signalling.record import Record
from signalling.vocabulary import AccessKind, AccessPurpose, Role

_BALP: Final = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
_LIFECYCLE: Final = f"{TERMINOLOGY}iso-21089-lifecycle"
_MS: Final = 1000


class AuditKind(StrEnum):
    """What was done with it, as far as an AuditEvent tells it apart."""

    READ = "read"  # looked at: a replay, a report, a picture
    EXPORT = "export"  # a copy was made, for the house
    DISCLOSURE = "disclosure"  # a copy went to somebody outside


class Use(StrEnum):
    """What for: codes of HL7's PurposeOfUse."""

    TREATMENT = "TREAT"
    EMERGENCY = "ETREAT"
    PATIENT_ASKED = "PATRQT"
    QUALITY = "HQUALIMP"
    RESEARCH = "HRESCH"
    TRAINING = "TRAIN"
    LEGAL = "HLEGAL"
    ADMINISTRATION = "HSYSADMIN"


class Access(Record, frozen=True):
    """Who wanted what of the consultation, when (Unix ms), from which network address to which of the server ("" = not
    on record), what for, and whether it was allowed. `item` says which part, in a word of ours. `person` a text: a user
    of the machine's operating system, who has no account."""

    kind: AuditKind
    person: Person | str
    at: Count
    allowed: bool
    use: Use
    client: str = ""
    server: str = ""
    item: str = ""


_USE_WORDS: Final = {
    Use.TREATMENT: "treatment",
    Use.EMERGENCY: "Emergency Treatment",
    Use.PATIENT_ASKED: "patient requested",
    Use.QUALITY: "health quality improvement",
    Use.RESEARCH: "healthcare research",
    Use.TRAINING: "training",
    Use.LEGAL: "legal",
    Use.ADMINISTRATION: "health system administration",
}


_USES: Final = {
    AccessPurpose.CARE: Use.TREATMENT,
    AccessPurpose.REVIEW: Use.QUALITY,
    AccessPurpose.TEACHING: Use.TRAINING,
    AccessPurpose.ADMINISTRATION: Use.ADMINISTRATION,
}


def accesses_of(events: Iterable[Event]) -> list[Access]:
    """The access log of a consultation, in its order. Addresses are not in it."""
    return [_access(event.body) for event in events if isinstance(event.body, Accessed | ExportedHere)]


def _access(one: Accessed | ExportedHere) -> Access:
    if isinstance(one, ExportedHere):
        item = f"{one.kind.value} {one.item}"
        return Access(
            kind=AuditKind.EXPORT, person=one.user, at=one.at, allowed=True, use=Use.ADMINISTRATION, item=item
        )
    copied = one.kind in {AccessKind.EXPORT, AccessKind.TEACHING}
    use = _USES[one.purpose]
    return Access(
        kind=AuditKind.EXPORT if copied else AuditKind.READ,
        person=one.person,
        at=one.at,
        allowed=one.allowed,
        use=Use.PATIENT_ASKED if one.person.role is Role.PATIENT else use,
        item=" ".join(word for word in (one.kind.value, one.item) if word),
    )


def audit_event(frame: Frame, number: int, one: Access) -> Json:
    """`number` counts the access records of the consultation, so that an id stays when more come."""
    purpose = [concept(f"{TERMINOLOGY}v3-ActReason", one.use.value, _USE_WORDS[one.use])]
    return {
        **begin("AuditEvent", frame.consultation, str(number)),
        "meta": {"profile": _profiles(frame, one)},
        "type": _type(one.kind),
        "subtype": [_subtype(one.kind)],
        "action": "R",
        "recorded": instant(one.at * _MS, frame.zone),
        "outcome": "0" if one.allowed else "4",
        "outcomeDesc": "" if one.allowed else "access denied",
        "purposeOfEvent": purpose,
        "agent": _agents(frame, one, purpose),
        "source": {"observer": reference(frame.people.device), "type": [_source_type()]},
        "entity": _entities(frame, one),
    }


def _profiles(frame: Frame, one: Access) -> list[str]:
    if not one.allowed or not (one.client and one.server):
        return []  # BALP names both ends
    if one.kind is AuditKind.READ:
        return [f"{_BALP}PatientRead" if frame.people.patient else f"{_BALP}Read"]
    whole = one.kind is AuditKind.DISCLOSURE and frame.people.patient is not None
    return [f"{_BALP}PrivacyDisclosure.Source"] if whole else []


def _type(kind: AuditKind) -> Json:
    if kind is AuditKind.READ:
        return coding(f"{TERMINOLOGY}audit-event-type", "rest", "RESTful Operation")
    return coding(DCM, "110106", "Export")


def _subtype(kind: AuditKind) -> Json:
    match kind:
        case AuditKind.READ:
            return coding("http://hl7.org/fhir/restful-interaction", "read", "read")
        case AuditKind.EXPORT:
            return coding(_LIFECYCLE, "extract", "Extract Record Lifecycle Event")
        case AuditKind.DISCLOSURE:
            return coding(_LIFECYCLE, "disclose", "Disclose Record Lifecycle Event")


def _source_type() -> Json:
    return coding(f"{TERMINOLOGY}security-source-type", "4", "Application Server")


def _agents(frame: Frame, one: Access, purpose: list[Json]) -> list[Json]:
    """The machine that gave, the one that got, and the person. A patient is the subject."""
    user = concept(f"{TERMINOLOGY}v3-ParticipationType", "IRCP", "information recipient")
    return [
        {
            "type": concept(DCM, "110153", "Source Role ID"),
            "who": reference(frame.people.device),
            "requestor": False,
            "network": _network(one.server, "5"),
        },
        {
            "type": concept(DCM, "110152", "Destination Role ID"),
            "who": {"display": one.client},
            "requestor": False,
            "network": _network(one.client, "2"),
        },
        {"type": user, "who": _who(frame, one.person), "requestor": True, "purposeOfUse": purpose},
    ]


def _who(frame: Frame, person: Person | str) -> Json | None:
    if isinstance(person, str):
        return {"display": person}
    if person.role is Role.PATIENT:
        return frame.people.subject()
    return reference(frame.people.person(person))


def _network(address: str, kind: str) -> Json:
    return {"address": address, "type": kind} if address else {}


def _entities(frame: Frame, one: Access) -> list[Json]:
    """The patient, and the consultation as what was read."""
    kind, role = f"{TERMINOLOGY}audit-entity-type", f"{TERMINOLOGY}object-role"
    patient = {
        "what": frame.people.subject(),
        "type": coding(kind, "1", "Person"),
        "role": coding(role, "1", "Patient"),
    }
    data = {
        "what": reference(frame.encounter),
        "type": coding(kind, "2", "System Object"),
        "role": coding(role, "4", "Domain Resource"),
        "description": one.item,
    }
    return [patient, data] if frame.people.patient else [data]
