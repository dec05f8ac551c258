"""FHIR of a consultation: every resource is valid R4 as fhir.resources reads it, signatures are checked from the Bundle
alone, and the same log is the same bytes."""

import base64
import json
import re
import warnings
from collections.abc import Iterator
from datetime import timedelta, timezone
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of pydantic, about fields named as its own methods
    from fhir.resources.R4B import get_fhir_model_class

from recordings import LogHeader
from recordings.fhir import Access, AuditKind, Exported, Use, bundle, bundle_bytes
from signalling import events as ev
from signalling.generate.people import CONSULTATION, OBSERVER, PATIENT, SPECIALIST, VILLAGE, person
from signalling.ids import AccountId, InstitutionId, ParticipantId
from signalling.opinions import signed_text
from signalling.recording import Consent, ConsentEnded, ConsentTaken
from signalling.vocabulary import (
    AccessKind,
    AccessPurpose,
    AttachmentKind,
    CloseReason,
    ConsentEnd,
    ConsentGiver,
    ConsentKind,
    ConsentUse,
    GrantData,
    Ground,
    Role,
    Urgency,
)

HEADER = LogHeader(consultation=CONSULTATION, started_unix_us=1_790_000_000_000_000)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
BEIJING = timezone(timedelta(hours=8))
AT = 1_790_000_900_000
ONE, TWO, THREE = ParticipantId(1), ParticipantId(2), ParticipantId(3)
SELF = person("p", "赵 (女)", Role.PATIENT)


def signed(number: int, amends: int, opinion: ev.Opinion, patient: ev.Patient = PATIENT) -> ev.OpinionSigned:
    text = signed_text(
        consultation=CONSULTATION,
        patient=patient,
        number=number,
        amends=amends,
        opinion=opinion,
        signer=SPECIALIST,
        at=AT,
    )
    public = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return ev.OpinionSigned(
        number=number,
        amends=amends,
        opinion=opinion,
        signer=SPECIALIST,
        at=AT,
        key=base64.b64encode(public).decode(),
        signature=base64.b64encode(KEY.sign(text)).decode(),
    )


def course(patient: ev.Patient, said: str, opinion: ev.Opinion) -> list[ev.Event]:
    """A consultation with everything that becomes a resource."""
    picture = ev.Attachment(sha256="a" * 64, kind=AttachmentKind.PICTURE, media_type="image/jpeg", size=9)
    bodies: list[tuple[int, ev.Body]] = [
        (0, ev.Requested(requester=VILLAGE, patient=patient, reason=said or "?", urgency=Urgency.URGENT)),
        (1, ev.Joined(participant=ONE, person=VILLAGE)),
        (2, ev.Answered(callee=SPECIALIST)),
        (3, ev.Joined(participant=TWO, person=SPECIALIST)),
        (4, ev.Joined(participant=THREE, person=SELF)),
        (5, ev.ChatSaid(participant=ONE, key="a", text=said)),
        (6, ev.ChatSaid(participant=THREE, key="b", text="", attachment=picture)),
        (7, ev.Left(participant=TWO, reason=CloseReason.LEFT)),
        (8, ev.Joined(participant=TWO, person=SPECIALIST)),
        (9, ev.Closing(reason=CloseReason.HUNG_UP)),
        (9, ev.Left(participant=ONE, reason=CloseReason.HUNG_UP)),
        (9, ev.Left(participant=TWO, reason=CloseReason.HUNG_UP)),
        (9, ev.Closed(reason=CloseReason.HUNG_UP)),
        (700, signed(1, 0, opinion, patient)),
        (800, ev.OpinionAcknowledged(number=1, person=VILLAGE, at=AT + 1000)),
        (900, signed(2, 1, ev.Opinion(findings="", impression="后补", advice=""), patient)),
    ]
    return [ev.Event(seq=n, t=t * 1_000_000, by=0, body=body) for n, (t, body) in enumerate(bodies, start=1)]


OPINION = ev.Opinion(
    findings="胆囊壁 5 mm\nMurphy +",
    impression="急性胆囊炎",
    advice="转院",
    critical=True,
    told=ev.CriticalTold(to="李医生", at=AT - 60_000),
)
EVENTS = course(PATIENT, "右上腹痛", OPINION)


def access(kind: AuditKind, *, allowed: bool = True) -> Access:
    return Access(
        kind=kind,
        person=OBSERVER,
        at=AT,
        allowed=allowed,
        use=Use.QUALITY,
        client="192.0.2.7",
        server="https://s.test",
        item="replay",
    )


ACCESSES = [*(access(kind) for kind in AuditKind), access(AuditKind.READ, allowed=False)]
ALL = Exported(software="1.2", zone=BEIJING, with_chat=True, accesses=ACCESSES)


def validated(made: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """By kind, as fhir.resources reads and writes them: nothing of ours may be lost on the way."""
    found: dict[str, list[dict[str, Any]]] = {}
    model = get_fhir_model_class("Bundle").model_validate(made)
    assert json.loads(model.model_dump_json())["id"] == made["id"]
    for entry in made["entry"]:
        resource = entry["resource"]
        kind = get_fhir_model_class(resource["resourceType"])
        assert json.loads(kind.model_validate(resource).model_dump_json()).keys() == resource.keys()
        found.setdefault(resource["resourceType"], []).append(resource)
    return found


def strings(value: object) -> Iterator[tuple[str, object]]:
    """Every (name, value) of a tree."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield str(name), one
        yield from strings(one)


def test_every_resource_of_a_whole_consultation_is_valid() -> None:
    found = validated(bundle(HEADER, EVENTS, ALL))
    assert {kind: len(all_) for kind, all_ in found.items()} == {
        "Patient": 1,
        "Organization": 2,
        "Practitioner": 3,
        "PractitionerRole": 3,
        "Device": 1,
        "Encounter": 1,
        "Provenance": 3,
        "DiagnosticReport": 2,
        "Observation": 4,
        "Binary": 2,
        "Communication": 4,
        "AuditEvent": 4,
    }


def test_every_reference_leads_to_an_entry() -> None:
    made = bundle(HEADER, EVENTS, ALL)
    entries = {entry["fullUrl"]: entry["resource"]["resourceType"] for entry in made["entry"]}
    assert len(entries) == len(made["entry"])
    references = [one for name, one in strings(made) if name == "reference"]
    assert len(references) > 50
    assert set(references) <= set(entries)


def test_the_encounter_says_who_when_why() -> None:
    (meeting,) = validated(bundle(HEADER, EVENTS, ALL))["Encounter"]
    assert (meeting["status"], meeting["class"]["code"], meeting["priority"]["coding"][0]["code"]) == (
        "finished",
        "VR",
        "UR",
    )
    assert meeting["reasonCode"] == [{"text": "右上腹痛"}]
    assert meeting["period"] == {"start": "2026-09-21T22:13:22.000+08:00", "end": "2026-09-21T22:13:29.000+08:00"}
    stays = [(one["type"][0]["coding"][0]["code"], one["period"]["start"][17:19]) for one in meeting["participant"]]
    assert stays == [("REF", "21"), ("CON", "23"), ("CON", "28")]


def test_an_addendum_revises_and_a_critical_value_is_marked_and_told() -> None:
    found = validated(bundle(HEADER, EVENTS, ALL))
    first, second = found["DiagnosticReport"]
    assert (first["status"], first["conclusion"], second["status"]) == ("final", "急性胆囊炎", "amended")
    revised = [one["entity"][-1] for one in found["Provenance"] if len(one.get("entity", [])) == 2]
    assert [(one["role"], one["what"]["reference"][9:]) for one in revised] == [("revision", first["id"])]
    marked = [one["valueString"] for one in found["Observation"] if "interpretation" in one]
    assert marked == ["胆囊壁 5 mm\nMurphy +"]
    absent = [one["dataAbsentReason"]["coding"][0]["code"] for one in found["Observation"] if "valueString" not in one]
    assert absent == ["unknown", "unknown"]
    told = found["Communication"][0]
    assert (told["recipient"], told["sent"]) == ([{"display": "李医生"}], "2026-09-21T22:27:20.000+08:00")


def test_signatures_are_checked_from_the_bundle_alone() -> None:
    found = validated(bundle(HEADER, EVENTS, ALL))
    texts = {f"urn:uuid:{one['id']}": base64.b64decode(one["data"]) for one in found["Binary"]}
    checked = 0
    for one in found["Provenance"]:
        for signature in one.get("signature", []):
            public = Ed25519PublicKey.from_public_bytes(base64.b64decode(signature["who"]["identifier"]["value"]))
            text = texts[one["entity"][0]["what"]["reference"]]
            public.verify(base64.b64decode(signature["data"]), text)
            checked += 1
    assert checked == 2


def test_audit_events_claim_a_balp_profile_only_where_they_meet_it() -> None:
    events = validated(bundle(HEADER, EVENTS, ALL))["AuditEvent"]
    claimed = [one.get("meta", {}).get("profile", [""])[0].rpartition("IHE.BasicAudit.")[2] for one in events]
    assert claimed == ["PatientRead", "", "PrivacyDisclosure.Source", ""]
    read, _, disclosure, refused = events
    for one in (read, disclosure):
        kinds = [agent["type"]["coding"][0]["code"] for agent in one["agent"]]
        assert kinds == ["110153", "110152", "IRCP"]
        assert all("network" in agent for agent in one["agent"][:2])
        assert "network" not in one["agent"][2]
        assert [entity["role"]["code"] for entity in one["entity"]] == ["1", "4"]
    assert disclosure["agent"][0]["who"] == disclosure["source"]["observer"]  # BALP's val-audit-source
    assert [one["outcome"] for one in (read, refused)] == ["0", "4"]
    assert read["purposeOfEvent"][0]["coding"][0]["code"] == "HQUALIMP"


def test_the_same_log_is_the_same_bytes_and_more_of_it_keeps_the_ids() -> None:
    assert bundle_bytes(HEADER, EVENTS, ALL) == bundle_bytes(HEADER, iter(EVENTS), ALL)
    short = {entry["fullUrl"] for entry in bundle(HEADER, EVENTS[:14])["entry"]}
    assert short < {entry["fullUrl"] for entry in bundle(HEADER, EVENTS, ALL)["entry"]}


def test_chat_goes_out_only_where_it_is_asked_for() -> None:
    assert "右上腹痛 too" not in bundle_bytes(HEADER, course(PATIENT, "右上腹痛 too", OPINION)[1:]).decode()
    assert "右上腹痛 too" in bundle_bytes(HEADER, course(PATIENT, "右上腹痛 too", OPINION)[1:], ALL).decode()


def test_no_id_is_made_of_a_name_and_every_time_has_a_zone() -> None:
    other = named("王小二")
    ids = [name_of(entry) for entry in bundle(HEADER, EVENTS)["entry"]]
    assert ids == [name_of(entry) for entry in bundle(HEADER, course(other, "右上腹痛", OPINION))["entry"]]
    for made in (bundle(HEADER, EVENTS), bundle(HEADER, EVENTS, ALL)):
        times = [str(one) for _, one in strings(made) if re.match(r"^\d{4}-\d\d-\d\dT", str(one))]
        assert len(times) > 20
        assert all(re.search(r"\.\d{3}[+-]\d\d:\d\d$", one) for one in times)


def named(name: str) -> ev.Patient:
    return ev.Patient(name=name, sex=PATIENT.sex, birth_year=PATIENT.birth_year, identifier=PATIENT.identifier)


def name_of(entry: dict[str, Any]) -> str:
    return str(entry["fullUrl"])


@pytest.mark.parametrize("length", range(len(EVENTS) + 1))
def test_a_log_cut_anywhere_is_valid(length: int) -> None:
    validated(bundle(HEADER, EVENTS[:length], ALL))
    validated(bundle(HEADER, EVENTS[length:], ALL))


text = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=60, deadline=None)
@given(text, text, text, text, st.booleans(), st.integers(0, 2200), st.integers(0, 9_007_199_254_740_991))
def test_whatever_people_write_is_valid(
    name: str, said: str, findings: str, to: str, critical: bool, year: int, at: int
) -> None:
    patient = ev.Patient(name=name or "?", birth_year=year, identifier=said)
    told = ev.CriticalTold(to=to or "?", at=at)
    opinion = ev.Opinion(findings=findings, impression=said, advice=findings, critical=critical, told=told)
    validated(bundle(HEADER, course(patient, said, opinion), ALL))


# ---- consents, grants, the access log -----------------------------------------------------------------------------

SPOKEN = Consent(key="c1", how=ConsentKind.SPOKEN, giver=ConsentGiver.PATIENT, uses=[ConsentUse.CARE], proof="5" * 64)
WITNESSED = Consent(
    key="c2",
    how=ConsentKind.WITNESSED,
    giver=ConsentGiver.GUARDIAN,
    giver_name="赵大勇",
    witness="Nurse Sun",
    uses=[ConsentUse.TEACHING, ConsentUse.CARE],
    until=AT + 1000,
)


def given(key: str, account: AccountId | None = None) -> ev.Granted:
    grant = ev.Grant(
        key=key,
        institution=InstitutionId("z" * 26),
        site="City hospital",
        account=account,
        name="Dr Zhou" if account else "",
        data=[GrantData.RECORD, GrantData.RECORDING],
        until=AT + 5000,
    )
    return ev.Granted(grant=grant, giver=VILLAGE, at=AT)


def looked(person: ev.Person, kind: AccessKind, purpose: AccessPurpose, *, allowed: bool = True) -> ev.Accessed:
    ground = Ground.TABLE if allowed else Ground.NO_CONSENT
    return ev.Accessed(person=person, kind=kind, purpose=purpose, allowed=allowed, ground=ground, at=AT, item="1.webm")


def later(*bodies: ev.Body) -> list[ev.Event]:
    made = [ev.Event(seq=17 + n, t=(1000 + n) * 1_000_000, by=0, body=body) for n, body in enumerate(bodies)]
    return EVENTS + made


PRIVACY = later(
    ConsentTaken(participant=ONE, consent=SPOKEN, at=AT),
    ConsentTaken(participant=ONE, consent=WITNESSED, at=AT),
    ConsentEnded(participant=ParticipantId(0), reason=ConsentEnd.WITHDRAWN),
    given("g1"),
    given("g2", AccountId("z" * 26)),
    ev.GrantRevoked(key="g2", person=VILLAGE, at=AT + 7),
    looked(OBSERVER, AccessKind.REPLAY, AccessPurpose.REVIEW),
    looked(SELF, AccessKind.REPLAY, AccessPurpose.CARE),
    looked(SPECIALIST, AccessKind.EXPORT, AccessPurpose.CARE, allowed=False),
    looked(SPECIALIST, AccessKind.RECORD, AccessPurpose.CARE),
    looked(OBSERVER, AccessKind.PICTURES, AccessPurpose.ADMINISTRATION),
    ev.ExportedHere(user="root", why="the court asks", kind=AccessKind.EXPORT, item="bundle", at=AT),
)


def test_consents_and_grants_are_consent_resources() -> None:
    found = validated(bundle(HEADER, PRIVACY))
    spoken, witnessed, house, doctor = found["Consent"]
    assert [one["status"] for one in found["Consent"]] == ["inactive", "inactive", "active", "inactive"]
    assert {one["patient"]["reference"] for one in found["Consent"]} == {f"urn:uuid:{found['Patient'][0]['id']}"}
    assert spoken["sourceAttachment"]["title"] == "5" * 64
    assert spoken["performer"] == [spoken["patient"]]
    assert [one["code"] for one in witnessed["provision"]["purpose"]] == ["TREAT", "TRAIN"]
    assert witnessed["verification"][0]["verifiedWith"]["display"] == "Nurse Sun"
    assert witnessed["performer"][0] == {"type": "RelatedPerson", "display": "赵大勇"}
    names = {f"urn:uuid:{one['id']}": one["name"] for one in found["Organization"]}
    assert names[house["provision"]["actor"][0]["reference"]["reference"]] == "City hospital"
    people = {f"urn:uuid:{one['id']}": one["name"][0]["text"] for one in found["Practitioner"]}
    assert people[doctor["provision"]["actor"][0]["reference"]["reference"]] == "Dr Zhou"
    assert doctor["provision"]["period"]["end"] < house["provision"]["period"]["end"]


def test_the_access_log_is_audit_events() -> None:
    found = validated(bundle(HEADER, PRIVACY))
    review, patient, refused, record, pictures, here = found["AuditEvent"]
    assert [one["outcome"] for one in found["AuditEvent"]] == ["0", "0", "4", "0", "0", "0"]
    assert [one["subtype"][0]["code"] for one in (record, pictures)] == ["read", "read"]
    assert record["entity"][1]["description"] == "record 1.webm"
    assert (here["agent"][2]["who"], here["entity"][1]["description"]) == ({"display": "root"}, "export bundle")
    uses = [one["purposeOfEvent"][0]["coding"][0]["code"] for one in found["AuditEvent"]]
    assert uses == ["HQUALIMP", "PATRQT", "TREAT", "TREAT", "HSYSADMIN", "HSYSADMIN"]
    assert patient["agent"][2]["who"] == patient["entity"][0]["what"], "the patient is the subject"
    assert review["entity"][1]["description"] == "replay 1.webm"
    assert refused["subtype"][0]["code"] == "extract"
    assert all("meta" not in one for one in found["AuditEvent"]), "BALP wants addresses, which are not on record"


def test_without_a_patient_there_are_no_consents() -> None:
    bare = [ev.Event(seq=1, t=0, by=0, body=given("g1"))]
    assert "Consent" not in validated(bundle(HEADER, bare))
