"""What was signed, said and read: DiagnosticReport with its Observations, Provenance with the signature, Communication.

An addendum is a report of its own, as it was signed; its Provenance says which report it revises. The signed text is in
the Bundle (Binary) beside signature and key, so that whoever has the Bundle alone can check it.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from recordings.fhir.names import LOINC, TERMINOLOGY, Json, begin, coding, concept, instant, plain, reference, system
from recordings.fhir.people import People
from signalling import events as ev
from signalling.events import Event, Person
from signalling.ids import ConsultationId, ParticipantId
from signalling.opinions import signed_text
from signalling.state import SignedOpinion, State
from signalling.vocabulary import Role

SIGNATURE_FORMAT: Final = "application/vnd.sefaw-rtc.ed25519"  # RFC 8032, 64 bytes; no registered type says it
_MS: Final = 1000
_FINDINGS: Final = ("18782-3", "Radiology Study observation (narrative)")
_ADVICE: Final = ("18783-1", "Radiology Study recommendation (narrative)")


@dataclass(frozen=True, slots=True)
class Frame:
    """What all of a consultation's papers share."""

    consultation: ConsultationId
    encounter: Json
    people: People
    zone: tzinfo

    def common(self, kind: str, *what: str) -> Json:
        return {
            **begin(kind, self.consultation, *what),
            "subject": self.people.subject(),
            "encounter": reference(self.encounter),
        }


def reports(frame: Frame, state: State) -> list[Json]:
    """All papers of all opinions, in the order in which they were signed."""
    made: dict[int, Json] = {}
    found: list[Json] = []
    for one in state.opinions:
        parts = [_part(frame, one, "findings", _FINDINGS), _part(frame, one, "advice", _ADVICE)]
        made[one.number] = _report(frame, one, parts)
        text = _signed(frame, one, state)
        found += [made[one.number], *parts, *text, _provenance(frame, one, made, text)]
        found += _told(frame, one, made[one.number]) + _read(frame, one, made[one.number])
    return found


def _report(frame: Frame, one: SignedOpinion, parts: list[Json]) -> Json:
    return {
        **frame.common("DiagnosticReport", str(one.number)),
        "status": _status(one),
        "code": concept(LOINC, "11488-4", "Consult note"),
        "effectivePeriod": frame.encounter["period"],
        "issued": instant(one.at * _MS, frame.zone),
        "performer": [reference(frame.people.person(one.signer))],
        "result": [reference(part) for part in parts],
        "conclusion": one.opinion.impression,
    }


def _status(one: SignedOpinion) -> str:
    return "amended" if one.amends else "final"


def _part(frame: Frame, one: SignedOpinion, what: str, code: tuple[str, str]) -> Json:
    """A critical value is marked on the findings; what was left empty says so."""
    text = one.opinion.findings if what == "findings" else one.opinion.advice
    critical = concept(f"{TERMINOLOGY}v3-ObservationInterpretation", "AA", "Critical abnormal")
    absent = concept(f"{TERMINOLOGY}data-absent-reason", "unknown", "Unknown")
    return {
        **frame.common("Observation", str(one.number), what),
        "status": _status(one),
        "code": concept(LOINC, *code),
        "issued": instant(one.at * _MS, frame.zone),
        "performer": [reference(frame.people.person(one.signer))],
        "valueString": text,
        "dataAbsentReason": None if plain(text) else absent,
        "interpretation": [critical] if one.opinion.critical and what == "findings" else [],
    }


def _signed(frame: Frame, one: SignedOpinion, state: State) -> list[Json]:
    """The bytes under the signature; an opinion without a patient has none that could be checked."""
    if state.patient is None:
        return []
    text = signed_text(
        consultation=frame.consultation,
        patient=state.patient,
        number=one.number,
        amends=one.amends,
        opinion=one.opinion,
        signer=one.signer,
        at=one.at,
    )
    data = base64.b64encode(text).decode()
    name = begin("Binary", frame.consultation, "signed", str(one.number))
    return [{**name, "contentType": "application/octet-stream", "data": data}]


def _provenance(frame: Frame, one: SignedOpinion, made: dict[int, Json], text: list[Json]) -> Json:
    who = reference(frame.people.person(one.signer))
    at = instant(one.at * _MS, frame.zone)
    kind = coding("urn:iso-astm:E1762-95:2013", "1.2.840.10065.1.12.1.1", "Author's Signature")
    sources = [{"role": "source", "what": reference(binary)} for binary in text]
    before = made.get(one.amends)
    revised = [{"role": "revision", "what": reference(before)}] if before is not None else []
    key = {"system": system("ed25519 public key"), "value": one.key}
    return {
        **begin("Provenance", frame.consultation, "opinion", str(one.number)),
        "target": [reference(made[one.number])],
        "recorded": at,
        "agent": [{"type": concept(f"{TERMINOLOGY}provenance-participant-type", "author", "Author"), "who": who}],
        "entity": sources + revised,
        "signature": [
            {
                "type": [kind],
                "when": at,
                "who": {**who, "identifier": key},
                "sigFormat": SIGNATURE_FORMAT,
                "data": one.signature,
            }
        ],
    }


def _told(frame: Frame, one: SignedOpinion, report: Json) -> list[Json]:
    """A critical value that was told: to whom in the signer's own words. Nobody told yet: no Communication."""
    told = one.opinion.told
    if told is None:
        return []
    at = instant(told.at * _MS, frame.zone)
    return [
        {
            **_about(frame, report, "told", str(one.number)),
            "category": [{"coding": [{"system": system("communication"), "code": "critical-value-told"}]}],
            "priority": "urgent",
            "sent": at,
            "received": at,
            "sender": reference(frame.people.person(one.signer)),
            "recipient": [{"display": told.to}],
        }
    ]


def _read(frame: Frame, one: SignedOpinion, report: Json) -> list[Json]:
    return [
        {
            **_about(frame, report, "read", str(one.number), known.person.account),
            "category": [{"coding": [{"system": system("communication"), "code": "opinion-read"}]}],
            "received": instant(known.at * _MS, frame.zone),
            "sender": reference(frame.people.person(one.signer)),
            "recipient": [reference(frame.people.person(known.person))],
        }
        for known in one.acknowledged
    ]


def _about(frame: Frame, report: Json, *what: str) -> Json:
    return {**frame.common("Communication", *what), "status": "completed", "about": [reference(report)]}


def chat(frame: Frame, events: Iterable[Event], started_unix_us: int) -> list[Json]:
    """Every line with its writer, where that is asked for. Of a picture or a voice message only what it is, and its
    SHA-256 as a title: FHIR's own `hash` is SHA-1."""
    seats: dict[ParticipantId, Person] = {}
    found: list[Json] = []
    for event in events:
        if isinstance(event.body, ev.Joined):
            seats[event.body.participant] = event.body.person
        elif isinstance(event.body, ev.ChatSaid) and event.body.participant in seats:
            found.append(_line(frame, event.seq, started_unix_us + event.t, event.body, seats[event.body.participant]))
    return found


def _line(frame: Frame, seq: int, at: int, said: ev.ChatSaid, writer: Person) -> Json:
    patient = frame.people.subject() if writer.role is Role.PATIENT else None
    file = said.attachment
    sent = {"contentType": file.media_type, "size": file.size, "title": file.sha256} if file else None
    return {
        **frame.common("Communication", "chat", str(seq)),
        "status": "completed",
        "sent": instant(at, frame.zone),
        "sender": patient or reference(frame.people.person(writer)),
        "payload": [{"contentString": said.text}, {"contentAttachment": sent}],
    }
