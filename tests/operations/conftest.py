"""A data directory as a server leaves it: accounts, an open and a closed consultation, a picture, a key."""

from pathlib import Path

import pytest

from recordings import ARCHIVE, LogWriter, begin_archive
from sefaw_rtc.access import load_key
from sefaw_rtc.access.keys import store_key
from sefaw_rtc.dicom.folder import Bringer, Folder
from sefaw_rtc.service.index_sealing import IndexSealing
from sefaw_rtc.store import ConsultationRecord, Store
from signalling.codec import encode_event
from signalling.events import Body, ChatSaid, Closed, Closing, Event, Joined, Opened, Patient, Person, Requested
from signalling.ids import ConsultationId, InstitutionId, ParticipantId
from signalling.messages import Brief
from signalling.vocabulary import CloseReason, Role, Status, Urgency
from tests.dicom.samples import BOUNDS, dataset, part10
from tests.keys import SITE, SITE_KEY, keyring

NOW = 1_800_000_000
LIVE_ID, CLOSED_ID = ConsultationId("l" * 26), ConsultationId("c" * 26)
PICTURE = "consultations/attachments/pp/picture.jpg"
DICOM = f"dicom/{'i' * 26}/1.2.3.1/1.2.3.1.1/1.2.3.1.1.1@{LIVE_ID}.dcm"


def write_log(data: Path, path: str, consultation: ConsultationId, requester: Person, *, closed: bool) -> None:
    """`path`: below the data directory."""
    keys, file = keyring(data), data / path
    bodies: list[Body] = [
        Requested(requester=requester, patient=Patient(name="P"), reason="R", urgency=Urgency.ROUTINE),
        Opened(),
        Joined(participant=ParticipantId(1), person=requester),
        ChatSaid(participant=ParticipantId(1), key="k", text="good morning"),
    ]
    if closed:
        bodies += [Closing(reason=CloseReason.LEFT), Closed(reason=CloseReason.LEFT)]
    file.parent.mkdir(parents=True, exist_ok=True)
    with LogWriter.create(file, consultation, NOW * 1_000_000, keys.open(consultation)) as log:
        for seq, body in enumerate(bodies, start=1):
            log.append(encode_event(Event(seq=seq, t=seq, by=0, body=body)))


def index(store: Store, consultation: ConsultationId, requester: Person, status: Status) -> None:
    brief = Brief(
        consultation=consultation,
        status=status,
        patient=Patient(name="P"),
        reason="R",
        urgency=Urgency.ROUTINE,
        requester=requester,
        specialist=None,
        requested_at=NOW * 1000,
        opened_at=NOW * 1000,
        closed_at=0,
        close_reason=None,
    )
    store.consultations.save(ConsultationRecord(brief=brief, institution=requester.institution))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    keys = keyring(made)
    for consultation in (LIVE_ID, CLOSED_ID):
        keys.create(consultation)
    store = Store.open(made, IndexSealing(keys))
    clinic = store.institutions.ensure("Clinic", NOW)
    doctor = store.accounts.add(
        user="anna", name="Anna", role=Role.VILLAGE_DOCTOR, institution=clinic.id, password_hash="h", now_s=NOW
    ).person
    index(store, LIVE_ID, doctor, Status.OPEN)
    index(store, CLOSED_ID, doctor, Status.CLOSED)
    store.close()
    store_key(made / "keys/site.key", SITE_KEY)
    begin_archive(made / ARCHIVE, SITE)
    write_log(made, f"consultations/live/{LIVE_ID}.log", LIVE_ID, doctor, closed=False)
    write_log(made, f"consultations/closed/{CLOSED_ID}.log", CLOSED_ID, doctor, closed=True)
    (made / PICTURE).parent.mkdir(parents=True)
    (made / PICTURE).write_bytes(b"a picture" * 1000)
    (made / ".half-uploaded").write_bytes(b"x")
    folder = Folder.open(made / "dicom", BOUNDS)
    incoming = folder.incoming()
    incoming.write(part10(dataset()), 1 << 20)
    incoming.keep(Bringer(InstitutionId("i" * 26), LIVE_ID))
    incoming.finish()  # and half of another on its way
    folder.close()
    load_key(made / "token.key")
    return made
