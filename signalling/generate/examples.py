"""One example of every message, both ways: what the golden vectors and docs/wire.md show. A test holds the list
against the unions, so a new message cannot do without."""

from msgspec.structs import replace

from signalling import messages as m
from signalling.events import ChatSaid, Event
from signalling.fast import Pointer, encode_fast
from signalling.generate.people import CONSULTATION, PATIENT, SECOND, SLICE, SPECIALIST, STUDY, TOKEN, VILLAGE
from signalling.ids import Mid, ParticipantId, TrackId
from signalling.looking import Area, Cine, FrameKey, Mark, Measure, Point, Voi
from signalling.recording import Consent
from signalling.state import State
from signalling.vocabulary import (
    WIRE_VERSION,
    CloseReason,
    ConsentGiver,
    ConsentKind,
    ConsentUse,
    Cue,
    DeclineReason,
    ErrorCode,
    GapReason,
    IncomingKind,
    Kind,
    LengthUnit,
    MachineControl,
    MeasureUnit,
    Notice,
    PictureSource,
    Purpose,
    Shape,
    Showing,
    Status,
    Transport,
    Urgency,
)

_SDP = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
_QUESTION = 'Right upper quadrant pain since yesterday, "gallbladder wall" 5 mm?\n胆囊壁增厚？ 🫀'
_POINTER = encode_fast(Pointer(track=7, x=32768, y=16384, shown=True), epoch=0, counter=41)
_ONE, _TWO = ParticipantId(1), ParticipantId(2)

MEDIA = m.Media(
    offer=_SDP,
    sends=[
        m.Send(mid=Mid("0"), kind=Kind.AUDIO, purpose=Purpose.FACE),
        m.Send(mid=Mid("1"), kind=Kind.VIDEO, purpose=Purpose.FACE),
    ],
    slots=[
        m.Slot(mid=Mid("2"), kind=Kind.AUDIO, purpose=Purpose.FACE, pair=1),
        m.Slot(mid=Mid("3"), kind=Kind.VIDEO, purpose=Purpose.FACE, pair=1),
        m.Slot(mid=Mid("6"), kind=Kind.VIDEO, purpose=Purpose.PROBE, pair=3),
    ],
    rtt_ms=12,
)
_SLOTS = [
    m.SlotState(mid=Mid("2"), track=TrackId(3)),
    m.SlotState(mid=Mid("3"), track=None),
    m.SlotState(mid=Mid("6"), track=TrackId(5)),
]
BRIEF = m.Brief(
    consultation=CONSULTATION,
    status=Status.OPEN,
    patient=PATIENT,
    reason=_QUESTION,
    urgency=Urgency.URGENT,
    requester=VILLAGE,
    specialist=SPECIALIST,
    requested_at=1_790_000_000_000,
    opened_at=1_790_000_009_500,
    closed_at=0,
    close_reason=None,
)

FRAME = FrameKey(track=TrackId(5), rtp=3_735_928_559)
MARK = Mark(
    key="m-1",
    shape=Shape.LENGTH,
    points=[Point(x=41_000_000, y=52_500_000), Point(x=47_250_000, y=52_500_000)],
    picture=SLICE,
    text="壁 wall",
    measure=Measure(value=4_980, unit=MeasureUnit.MM),
)
AREA = Area(centre_x=50_000_000, centre_y=48_000_000, width=21_300_000, height=16_000_000, unit=LengthUnit.MM)

LOOKING: list[m.LookingMessage] = [
    m.ShareStudy(re=20, study=STUDY, source=PictureSource.PACS),
    m.ConfirmStudy(re=21, study=STUDY),
    m.WithdrawStudy(re=22, study=STUDY),
    m.ChangeLayout(re=23, epoch=3, rows=1, columns=2),
    m.ChangeView(
        re=24,
        epoch=3,
        viewport=1,
        image=SLICE,
        area=AREA,
        voi=Voi(centre=40_000, width=400_000),
        cine=Cine(playing=True, rate=3_000, frame=1),
        counter=4_294_967_295,
    ),
    m.AskLead(re=25),
    m.GiveLead(re=26, participant=_TWO),
    m.TakeLead(re=27),
    m.ReturnLead(re=28),
    m.SayShowing(showing=Showing.LOADING, behind=12),
    m.AddMark(re=29, mark=MARK),
    m.RemoveMark(re=30, key="m-1"),
    m.GiveCue(re=31, cue=Cue.TILT_LEFT),
    m.AskMachine(re=32, key="a-1", control=MachineControl.DEPTH_MORE),
    m.AnswerMachine(re=33, key="a-1", done=False),
    m.AskFreeze(re=34, key="f-1", frame=FRAME),
    m.DeclineFreeze(re=35, key="f-1"),
]

RECORDING: list[m.RecordingMessage] = [
    m.GiveConsent(
        re=40,
        consent=Consent(
            key="k-1",
            how=ConsentKind.WITNESSED,
            giver=ConsentGiver.GUARDIAN,
            giver_name="赵大勇",
            witness="Nurse Sun 孙护士",
            uses=[ConsentUse.CARE, ConsentUse.QUALITY],
            until=1_890_000_000_000,
        ),
    ),
    m.WithdrawConsent(re=41),
    m.PauseRecording(re=42, reason=GapReason.PRIVATE),
    m.ResumeRecording(re=43),
]

CLIENT: list[m.ClientMessage] = [
    m.Hello(version=WIRE_VERSION),
    m.SetOnCall(re=1, on=True),
    m.Call(re=2, key="c0ffee-1", patient=PATIENT, reason=_QUESTION, urgency=Urgency.URGENT),
    m.CancelCall(re=3, consultation=CONSULTATION),
    m.AnswerCall(re=4, consultation=CONSULTATION),
    m.DeclineCall(re=5, consultation=CONSULTATION, reason=DeclineReason.BUSY, text="in theatre until 11:00"),
    m.Enter(re=6, consultation=CONSULTATION),
    m.Join(re=7, version=WIRE_VERSION, token=TOKEN, media=MEDIA),
    m.Resume(re=8, version=WIRE_VERSION, token=TOKEN, since_seq=17, media=None),
    m.Offer(re=9, media=MEDIA),
    m.SetMedia(microphone=True, camera=False),
    m.Chat(re=10, key="9b2f0c1e-7d55-4f9e-8a57-0a6a3d2f1b11", text="看见了吗？ \u2028 Do you see it? 👍🏽"),
    m.Watch(re=11, mid=Mid("6"), track=TrackId(5)),
    m.Invite(re=15, account=SECOND.account),
    m.CancelInvitation(re=16, account=SECOND.account),
    m.HangUp(re=12),
    m.Leave(re=13),
    m.Ping(n=1, rtt_ms=23),
    m.FastUp(body=_POINTER),
    *LOOKING,
    *RECORDING,
]

SERVER: list[m.ServerMessage] = [
    m.Lobby(
        me=VILLAGE,
        on_call=[
            m.OnCall(person=SPECIALIST, since=1_790_000_000_000, busy=False, on_duty_until=1_790_028_800_000),
        ],
        am_on_call=False,
        consultations=[replace(BRIEF, joined=True)],
        departments=[m.DepartmentOnCall(name="心内科 Cardiology", on_call=1, free=1)],
        unreachable=[m.OnDuty(person=SECOND, until=1_790_028_800_000)],
    ),
    m.Incoming(
        consultation=CONSULTATION,
        requester=VILLAGE,
        patient=PATIENT,
        reason=_QUESTION,
        urgency=Urgency.EMERGENCY,
        timeout_ms=30_000,
        kind=IncomingKind.INVITATION,
        inviter=SPECIALIST,
    ),
    m.IncomingEnded(consultation=CONSULTATION, reason=CloseReason.CANCELLED),
    m.Calling(re=2, consultation=CONSULTATION, token=TOKEN),
    m.Ticket(re=4, consultation=CONSULTATION, token=TOKEN),
    m.JoinedReply(
        re=7,
        consultation=CONSULTATION,
        participant=_ONE,
        t=9_500_000,
        seq=0,
        resume=TOKEN,
        answer=_SDP,
        state=State(),
        events=[],
        state_hash="0" * 64,
        slots=_SLOTS,
    ),
    m.Answer(re=9, answer=_SDP, slots=_SLOTS),
    m.Events(events=[Event(seq=18, t=12_000_000, by=2, body=ChatSaid(participant=_TWO, key="k-1", text="好的"))]),
    m.SlotChanged(mid=Mid("6"), track=None),
    m.Done(re=10),
    m.Quality(
        participant=_TWO,
        transport=Transport.UDP,
        rtt_ms=41,
        up_loss=3,
        up_kbps=1250,
        down_loss=-1,
        down_kbps=900,
        jitter_ms=4,
    ),
    m.TrackNotice(track=TrackId(5), notice=Notice.NO_KEYFRAMES),
    m.Pong(n=1, t=12_345_678, at=1_800_000_012_345),
    m.FastDown(participant=_TWO, body=_POINTER),
    m.Error(re=4, code=ErrorCode.ALREADY_ANSWERED),
    m.Stopping(within_s=8),
    m.Goodbye(reason=CloseReason.REPLACED),
]
