"""Everything in one Bundle of type `collection`. Nothing in it depends on when or how often it is made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from recordings.fhir.audit import Access, accesses_of, audit_event
from recordings.fhir.consents import consents
from recordings.fhir.encounter import encounter
from recordings.fhir.names import TERMINOLOGY, Json, begin, concept, instant, pruned, reference
from recordings.fhir.people import people_of
from recordings.fhir.reports import Frame, chat, reports
from recordings.log import LogHeader
from signalling.canonical import canonical
from signalling.events import Event, Person
from signalling.fold import fold_all
from signalling.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Exported:
    """What goes out besides the log: the server's version, the zone in which times are written, chat only where it is
    asked for, and access records that are not in the log. Those of the log come by themselves."""

    software: str = ""
    zone: tzinfo = UTC
    with_chat: bool = False
    accesses: Sequence[Access] = ()


def bundle(header: LogHeader, log: Iterable[Event], exported: Exported | None = None) -> Json:
    """The resources of a consultation. Total for every log of this program."""
    chosen = exported or Exported()
    events = list(log)
    state = fold_all(events)
    people = people_of(header.consultation, events, chosen.software)
    accesses = [*accesses_of(events), *chosen.accesses]
    for access in accesses:
        if isinstance(access.person, Person) and access.person.role is not Role.PATIENT:
            people.person(access.person)
    meeting = pruned(encounter(header, events, state, people, chosen.zone))
    frame = Frame(header.consultation, meeting, people, chosen.zone)
    papers = reports(frame, state)
    if chosen.with_chat:
        papers += chat(frame, events, header.started_unix_us)
    papers += consents(frame, events, state, header.started_unix_us)
    papers += [audit_event(frame, number, one) for number, one in enumerate(accesses, start=1)]
    last = header.started_unix_us + (events[-1].t if events else 0)
    return {
        **begin("Bundle", header.consultation),
        "type": "collection",
        "timestamp": instant(last, chosen.zone),
        "entry": [_entry(one) for one in [*people.resources(), meeting, _kept(frame, last), *papers]],
    }


def bundle_bytes(header: LogHeader, log: Iterable[Event], exported: Exported | None = None) -> bytes:
    """`bundle` as canonical JSON (RFC 8785): the same log is the same bytes."""
    return canonical(bundle(header, log, exported))


def _entry(resource: Json) -> Json:
    return {"fullUrl": f"urn:uuid:{resource['id']}", "resource": pruned(resource)}


def _kept(frame: Frame, last: int) -> Json:
    """Who wrote the record of the consultation down: this server, as it happened."""
    kind = concept(f"{TERMINOLOGY}provenance-participant-type", "assembler", "Assembler")
    return {
        **begin("Provenance", frame.consultation, "encounter"),
        "target": [reference(frame.encounter)],
        "recorded": instant(last, frame.zone),
        "agent": [{"type": kind, "who": reference(frame.people.device)}],
    }
