"""AuditEvents from access records, after IHE's Basic Audit Log Patterns (BALP 1.1.4): a read is PatientRead, a
disclosure PrivacyDisclosure.Source. BALP has no profile for an export that stays in the house nor for what was refused:
these follow the same shape and claim none."""

from enum import StrEnum
from typing import Final

from recordings.fhir.names import DCM, TERMINOLOGY, Json, begin, coding, concept, instant, reference
from recordings.fhir.reports import Frame
from signalling.events import Person
from signalling.ids import Count
from signalling.record import Record

_BALP: Final = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
_LIFECYCLE: Final = f"{TERMINOLOGY}iso-21089-lifecycle"
_MS: Final = 1000


class AccessKind(StrEnum):
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
    """Who wanted what of the consultation, when (Unix ms), from which network address to which of the server, what
    for, and whether it was allowed. `item` says which part, in a word of ours."""

    kind: AccessKind
    person: Person
    at: Count
    allowed: bool
    use: Use
    client: str
    server: str
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
    if not one.allowed:
        return []
    if one.kind is AccessKind.READ:
        return [f"{_BALP}PatientRead" if frame.people.patient else f"{_BALP}Read"]
    whole = one.kind is AccessKind.DISCLOSURE and frame.people.patient is not None
    return [f"{_BALP}PrivacyDisclosure.Source"] if whole else []


def _type(kind: AccessKind) -> Json:
    if kind is AccessKind.READ:
        return coding(f"{TERMINOLOGY}audit-event-type", "rest", "RESTful Operation")
    return coding(DCM, "110106", "Export")


def _subtype(kind: AccessKind) -> Json:
    match kind:
        case AccessKind.READ:
            return coding("http://hl7.org/fhir/restful-interaction", "read", "read")
        case AccessKind.EXPORT:
            return coding(_LIFECYCLE, "extract", "Extract Record Lifecycle Event")
        case AccessKind.DISCLOSURE:
            return coding(_LIFECYCLE, "disclose", "Disclose Record Lifecycle Event")


def _source_type() -> Json:
    return coding(f"{TERMINOLOGY}security-source-type", "4", "Application Server")


def _agents(frame: Frame, one: Access, purpose: list[Json]) -> list[Json]:
    """The machine that gave, the one that got, and the person."""
    person = reference(frame.people.person(one.person))
    user = concept(f"{TERMINOLOGY}v3-ParticipationType", "IRCP", "information recipient")
    return [
        {
            "type": concept(DCM, "110153", "Source Role ID"),
            "who": reference(frame.people.device),
            "requestor": False,
            "network": {"address": one.server, "type": "5"},
        },
        {
            "type": concept(DCM, "110152", "Destination Role ID"),
            "who": {"display": one.client},
            "requestor": False,
            "network": {"address": one.client, "type": "2"},
        },
        {"type": user, "who": person, "requestor": True, "purposeOfUse": purpose},
    ]


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
