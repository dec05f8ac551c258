"""The log of a teaching copy: no known name, number, site or id of the original is in its bytes, and it folds."""

import unicodedata

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from recordings import LogHeader
from recordings.deidentify import CopyKey, Removed, Unsure, clean_log
from recordings.deidentify.names import Scrubber, patterns
from recordings.timeline import Language
from signalling import events as ev
from signalling import looking as look
from signalling import recording as rec
from signalling.codec import decode_event, encode_event
from signalling.fold import fold_all
from signalling.generate.people import CONSULTATION, SLICE, STUDY, person
from signalling.ids import AccountId, InstitutionId, ParticipantId
from signalling.vocabulary import (
    AccessKind,
    AccessPurpose,
    AttachmentKind,
    CloseReason,
    ConsentGiver,
    ConsentKind,
    ConsentUse,
    GrantData,
    Ground,
    PictureSource,
    Role,
    Sex,
    Shape,
    Urgency,
)

HEADER = LogHeader(consultation=CONSULTATION, started_unix_us=1_790_000_000_000_000)
KEY = CopyKey(bytes(range(32)))
AT = 1_790_000_900_000
ONE, TWO = ParticipantId(1), ParticipantId(2)
VILLAGE = person("v", "李建国医生", Role.VILLAGE_DOCTOR)
SPECIALIST = person("s", "Dr Margaret O'Sullivan", Role.SPECIALIST, county=True)
PATIENT = ev.Patient(name="张桂英", sex=Sex.FEMALE, birth_year=1961, identifier="QS-0042")


CONSENT = rec.Consent(
    key="c-1",
    how=ConsentKind.WITNESSED,
    giver=ConsentGiver.GUARDIAN,
    uses=[ConsentUse.CARE],
    giver_name="陈秀兰",
    witness="Peter Hofmann",
    proof="b" * 64,
)


def course(patient: ev.Patient, doctor: ev.Person, said: str) -> list[ev.Event]:
    file = ev.Attachment(sha256="a" * 64, kind=AttachmentKind.VOICE, media_type="audio/webm", size=9)
    named = look.PicturePatient(name="ZHANG^Guiying", identifier="CT-77123", birth_date="19610203", sex="F")
    shared = look.StudyShared(
        study=STUDY, source=PictureSource.FOLDER, patient=named, description=said[:64], date="20240310"
    )
    points = [look.Point(x=0, y=0)]
    mark = look.Mark(key="m", shape=Shape.TEXT, points=points, picture=SLICE, text=said[:200])
    opinion = ev.Opinion(
        findings=said, impression=said, advice=said, critical=True, told=ev.CriticalTold(to="王小二", at=AT)
    )
    bodies: list[ev.Body] = [
        ev.Requested(requester=doctor, patient=patient, reason=said or "?", urgency=Urgency.URGENT),
        ev.Joined(participant=ONE, person=doctor),
        ev.Answered(callee=SPECIALIST),
        ev.Joined(participant=TWO, person=SPECIALIST),
        rec.ConsentTaken(participant=ONE, consent=CONSENT, at=AT),
        shared,
        look.MarkAdded(participant=ONE, mark=mark),
        ev.ChatSaid(participant=ONE, key="k-1", text=said, attachment=file),
        ev.OpinionSigned(
            number=1, amends=0, opinion=opinion, signer=SPECIALIST, at=AT, key="a-public-key", signature="a-signature"
        ),
        ev.Closed(reason=CloseReason.HUNG_UP),
        ev.OpinionAcknowledged(number=1, person=doctor, at=AT),
    ]
    return [ev.Event(seq=n, t=n * 1000, by=0, body=body) for n, body in enumerate(bodies, start=1)]


def copied(events: list[ev.Event], language: Language = Language.EN) -> tuple[str, list[ev.Event]]:
    header, made, _ = clean_log(HEADER, events, KEY, language)
    return msgspec.json.encode(header).decode() + "\n".join(encode_event(one).decode() for one in made), made


KNOWN = [
    *("李建国", "建国", "张桂英", "桂英", "王小二", "Guiying", "ZHANG", "Margaret", "Sullivan", "CT-77123", "QS-0042"),
    *("陈秀兰", "秀兰", "Hofmann", "b" * 64),
    *("青山镇卫生院", "Qingshan Township Clinic", "County People's Hospital", "19610203", "1961", "20240310"),
    *(
        "v" * 26,
        "s" * 26,
        "q" * 26,
        "c" * 26,
        CONSULTATION,
        STUDY,
        SLICE.instance,
        "a-public-key",
        "a-signature",
        "a" * 64,
    ),
    *("179000", "13805512345", "340123196102031234"),
]
SAID = (
    "张桂英（ｚｈａｎｇ Guiying）由李医生和李建国送来，桂英自述右上腹痛，小李电话 138-0551-2345，"
    "身份证 340123196102031234，女儿陈秀兰、hofmann在场，"
    "青山镇 卫生院 QINGSHAN township clinic，MARGARET o sullivan knows; 生于1961年2月3日; id " + CONSULTATION
)


def test_no_known_name_or_number_is_in_the_copy() -> None:
    text, _ = copied(course(PATIENT, VILLAGE, SAID))
    assert [one for one in KNOWN if one.casefold() in text.casefold()] == []
    assert "李" not in text
    assert "右上腹痛" in text
    assert "specialist 1" in text
    assert "ｚｈａｎｇ" not in text


def test_the_copy_is_a_log_that_folds_as_the_original_does() -> None:
    events = course(PATIENT, VILLAGE, SAID)
    _, made = copied(events)
    assert [decode_event(encode_event(one)) for one in made] == made
    before, after = fold_all(events), fold_all(made)
    assert (after.seq, after.status, len(after.chat), len(after.opinions)) == (
        before.seq,
        before.status,
        len(before.chat),
        len(before.opinions),
    )
    assert after.patient == ev.Patient(name="patient")
    assert after.requester is not None
    assert (after.requester.name, after.requester.site) == ("village doctor 1", "site 1")
    assert after.opinions[0].opinion.told is not None
    assert 366 <= (AT - after.opinions[0].at) // 86_400_000 < 366 + 3287
    assert after.opinions[0].acknowledged[0].person == after.requester


def test_dates_of_log_and_pictures_move_together() -> None:
    header, made, _ = clean_log(HEADER, course(PATIENT, VILLAGE, SAID), KEY, Language.EN)
    days = (HEADER.started_unix_us - header.started_unix_us) / 86_400_000_000
    assert days == KEY.days == (AT - fold_all(made).opinions[0].at) / 86_400_000
    assert isinstance(made[5].body, look.StudyShared)
    assert made[5].body.date == KEY.date("20240310")
    assert CopyKey(bytes(32)).days != KEY.days


def test_what_was_done_is_counted() -> None:
    _, _, done = clean_log(HEADER, course(PATIENT, VILLAGE, SAID), KEY, Language.ZH_CN)
    assert done.removed[Removed.ATTACHMENTS] == done.removed[Removed.SIGNATURES] == 1
    assert done.removed[Removed.NAMES] > 10
    assert Unsure.FREE_TEXT in done.unsure


def test_roles_in_chinese() -> None:
    text, made = copied(course(PATIENT, VILLAGE, "李医生"), Language.ZH_CN)
    assert isinstance(made[7].body, ev.ChatSaid)
    assert made[7].body.text in ("村医 1医生", "某人医生", "村医 1")
    assert "患者" in text


def test_a_text_at_its_limit_stays_within_it() -> None:
    said = ("王小二" * 700)[:2000]
    _, made = copied(course(PATIENT, VILLAGE, said))
    assert isinstance(made[7].body, ev.ChatSaid)
    assert len(made[7].body.text) == 2000
    assert "王" not in made[7].body.text


names = st.text(st.sampled_from("张王李赵欧阳建国桂英小明芳伟"), min_size=2, max_size=4) | st.text(
    st.sampled_from("abcdefghijklmnopqrstuvwxyzéüñABCDEF"), min_size=5, max_size=20
)
written = st.sampled_from(
    [
        str,
        str.upper,
        str.title,
        lambda name: unicodedata.normalize("NFD", name),
        "\u200b".join,
        lambda name: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name),
    ]
)
FRAME = copied(course(ev.Patient(name="王小二"), msgspec.structs.replace(VILLAGE, name="王小二"), "王小二"))[
    0
].casefold()
around = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=300, deadline=None)
@given(names, names, written, around, around)
def test_names_are_found_however_they_are_written(
    patient: str, doctor: str, write: object, before: str, after: str
) -> None:
    assert callable(write)
    said = f"{before} {write(patient)} {after} {write(doctor)}"
    who = msgspec.structs.replace(VILLAGE, name=doctor)
    text, _ = copied(course(ev.Patient(name=patient, identifier="Z9-8871"), who, said))
    plain = "".join(one for one in unicodedata.normalize("NFKC", text).casefold() if unicodedata.category(one) != "Cf")
    for name in (patient, doctor):
        assume(unicodedata.normalize("NFKC", name).casefold() not in FRAME)  # "false" is a word of every log
        assert unicodedata.normalize("NFKC", name).casefold() not in plain


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("Ann", "annual check, Ann came", "annual check, # came"),
        ("李", "李女士, 行李", "#女士, 行李"),
        ("欧阳建国", "建国, 欧 阳 建 国", "#, #"),
        ("赵 (女)", "赵（女）, 赵 (女)", "赵（女）, #"),
        ("Li", "liver, Li", "liver, Li"),  # two letters are no name alone: said among what cannot be promised
    ],
)
def test_a_short_name_is_not_found_within_words(name: str, text: str, left: str) -> None:
    scrubber = Scrubber(((one, "#") for one in patterns(name, person=True)), "D", "N")
    assert scrubber.scrub(text)[0] == left


def test_who_was_given_access_and_who_looked_are_not_named() -> None:
    stranger = person("q", "Dr Zhou Wei", Role.REVIEWER, county=True)
    grant = ev.Grant(
        key="g1",
        institution=InstitutionId("q" * 26),
        site="Harbour Hospital",
        account=AccountId("r" * 26),
        name="Dr Fatima Noor",
        data=[GrantData.RECORDING],
        until=AT + 1,
    )
    looked = ev.Accessed(
        person=stranger,
        kind=AccessKind.REPLAY,
        purpose=AccessPurpose.CARE,
        allowed=True,
        ground=Ground.GRANT,
        at=AT,
        grant="g1",
        item="1.webm",
    )
    log = course(PATIENT, SPECIALIST, "asked Fatima Noor of Harbour Hospital")
    here = ev.ExportedHere(user="zhouwei", why="Dr Zhou Wei asks", kind=AccessKind.EXPORT, item="bundle", at=AT)
    bodies: list[ev.Body] = [here, ev.Granted(grant=grant, giver=VILLAGE, at=AT), looked]
    log += [ev.Event(seq=len(log) + n, t=log[-1].t, by=0, body=body) for n, body in enumerate(bodies, start=1)]
    text, copy = copied(log)
    for name in ("Fatima", "Noor", "Harbour", "Zhou", "zhouwei", "q" * 26, "r" * 26, str(AT + 1)):
        assert name not in text
    given, seen = copy[-2].body, copy[-1].body
    assert isinstance(given, ev.Granted)
    assert isinstance(seen, ev.Accessed)
    assert (seen.grant, seen.item, seen.person.role) == (given.grant.key, "1.webm", Role.REVIEWER)
    assert fold_all(copy).grants[0].grant == given.grant
