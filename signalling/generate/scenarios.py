"""Logs to fold: each a story with a name. Their states and hashes are golden, for every language that folds."""

from collections.abc import Iterable

from signalling import events as ev
from signalling.generate.access import access, readings
from signalling.generate.looking import looking
from signalling.generate.people import OBSERVER, OPERATOR, PATIENT, SECOND, SPECIALIST, VILLAGE
from signalling.generate.recording import recording
from signalling.ids import Mid, ParticipantId, TrackId
from signalling.state import CHAT_KEPT
from signalling.vocabulary import AttachmentKind, CloseReason, DeclineReason, Kind, Purpose, Step, Urgency

_REQUEST = ev.Requested(requester=VILLAGE, patient=PATIENT, reason="Appendicitis? 阑尾炎？", urgency=Urgency.URGENT)
_ONE, _TWO, _THREE, _NOBODY = (ParticipantId(n) for n in (1, 2, 3, 99))


def scenarios() -> dict[str, list[ev.Event]]:
    """Name → log."""
    return {
        "whole_call": _log(_whole_call()),
        "second_specialist": _log(_second_specialist()),
        "resume": _log(_resume()),
        "unicode": _log(_unicode()),
        "unknown_ids": _log(_unknown_ids()),
        "rejoin": _log(_rejoin()),
        "restart_while_ringing": _log(_restart_while_ringing()),
        "chat_cut_off": _log(_chat_cut_off()),
        "invitation": _log(_invitation()),
        "opinion_after_the_call": _log(_opinion_after_the_call()),
        "looking": _log([*_opening(), *_two_and_a_probe(), *looking()]),
        "recording": _log([*_opening(), *_two_and_a_probe(), *recording()]),
        "access": _log([*_opening(), *_two_and_a_probe(), *access()]),
        "readings": _log([*_opening(), *readings()]),
    }


def _log(bodies: Iterable[ev.Body]) -> list[ev.Event]:
    """Number the events; the clock goes on by an uneven step, beyond 32 bits in long logs."""
    return [
        ev.Event(seq=n, t=(n - 1) * 1_234_567, by=getattr(body, "participant", 0), body=body)
        for n, body in enumerate(bodies, start=1)
    ]


def _opening(callee: ev.Person = SPECIALIST) -> list[ev.Body]:
    return [_REQUEST, ev.Rang(callee=callee, timeout_ms=30_000), ev.Answered(callee=callee)]


def _track(number: int, participant: ParticipantId, kind: Kind, purpose: Purpose, mid: str) -> ev.TrackAdded:
    return ev.TrackAdded(track=TrackId(number), participant=participant, kind=kind, purpose=purpose, mid=Mid(mid))


def _whole_call() -> list[ev.Body]:
    closed = CloseReason.HUNG_UP
    return [
        _REQUEST,
        ev.Rang(callee=SPECIALIST, timeout_ms=30_000, following=SECOND),
        ev.Joined(participant=_ONE, person=VILLAGE),
        _track(1, _ONE, Kind.AUDIO, Purpose.FACE, "0"),
        _track(2, _ONE, Kind.VIDEO, Purpose.FACE, "1"),
        ev.MediaChanged(participant=_ONE, microphone=True, camera=True),
        ev.Answered(callee=SPECIALIST),
        ev.Joined(participant=_TWO, person=SPECIALIST),
        _track(3, _TWO, Kind.AUDIO, Purpose.FACE, "0"),
        _track(4, _TWO, Kind.VIDEO, Purpose.FACE, "1"),
        ev.Joined(participant=_THREE, person=OPERATOR),
        _track(5, _THREE, Kind.VIDEO, Purpose.PROBE, "whip.0-v"),
        ev.ChatSaid(participant=_TWO, key="k1", text="Please fan through the liver."),
        ev.MediaChanged(participant=_ONE, microphone=False, camera=True),
        ev.TrackRemoved(track=TrackId(5), reason=CloseReason.UNPUBLISHED),
        ev.Left(participant=_THREE, reason=CloseReason.LEFT),
        ev.Closing(reason=closed),
        *(ev.TrackRemoved(track=TrackId(n), reason=closed) for n in (1, 2, 3, 4)),
        ev.Left(participant=_ONE, reason=closed),
        ev.Left(participant=_TWO, reason=closed),
        ev.Closed(reason=closed),
    ]


def _two_and_a_probe() -> list[ev.Body]:
    return [
        ev.Joined(participant=_ONE, person=VILLAGE),
        ev.Joined(participant=_TWO, person=SPECIALIST),
        _track(5, _ONE, Kind.VIDEO, Purpose.PROBE, "8"),
    ]


def _second_specialist() -> list[ev.Body]:
    declined = ev.RingEnded(
        callee=SPECIALIST.account, reason=CloseReason.DECLINED, decline=DeclineReason.NOT_MY_FIELD, text="心内科"
    )
    return [
        _REQUEST,
        ev.Rang(callee=SPECIALIST, timeout_ms=30_000, following=SECOND),
        declined,
        ev.Rang(callee=SECOND, timeout_ms=30_000),
        ev.RingEnded(callee=SECOND.account, reason=CloseReason.NO_ANSWER),
        ev.Closing(reason=CloseReason.NO_ANSWER),
        ev.Closed(reason=CloseReason.NO_ANSWER),
    ]


def _resume() -> list[ev.Body]:
    return [
        *_opening(),
        ev.Joined(participant=_ONE, person=VILLAGE),
        ev.Joined(participant=_TWO, person=SPECIALIST),
        _track(1, _ONE, Kind.VIDEO, Purpose.FACE, "1"),
        ev.Disconnected(participant=_ONE, reason=CloseReason.CONNECTION_LOST),
        ev.ChatSaid(participant=_TWO, key="k1", text="Are you there?"),
        ev.Returned(participant=_ONE),
        ev.Returned(participant=_ONE),
        ev.TrackRemoved(track=TrackId(1), reason=CloseReason.REPLACED),
        _track(2, _ONE, Kind.VIDEO, Purpose.FACE, "1"),
        ev.Disconnected(participant=_TWO, reason=CloseReason.NETWORK_BLOCKED),
        ev.Left(participant=_TWO, reason=CloseReason.ABANDONED),
    ]


def _unicode() -> list[ev.Body]:
    lines = [
        "中文，标点；",
        "emoji 👩🏽‍⚕️ 🫀",
        'quote " backslash \\ slash / tab \t newline \n return \r',
        "controls \x00\x01\x0b\x1f\x7f\x80\x9f",
        "separators \u2028 \u2029 nbsp \u00a0 bom \ufeff",
        "astral \U00010000 \U0010ffff before \ufb33 and €",
        "rtl \u202eabc\u202c עברית العربية",
        "combining e\u0301 is not \u00e9",
        "</script><b>&amp;",
    ]
    return [
        *_opening(),
        ev.Joined(participant=_ONE, person=VILLAGE),
        *(ev.ChatSaid(participant=_ONE, key=f"k{n}", text=text) for n, text in enumerate(lines)),
    ]


def _unknown_ids() -> list[ev.Body]:
    """Events that name who or what is not there change only `seq`."""
    return [
        *_opening(),
        ev.Joined(participant=_ONE, person=VILLAGE),
        ev.Returned(participant=_NOBODY),
        ev.Disconnected(participant=_NOBODY, reason=CloseReason.CONNECTION_LOST),
        ev.MediaChanged(participant=_NOBODY, microphone=True, camera=True),
        ev.ChatSaid(participant=_NOBODY, key="k", text="nobody said this"),
        _track(7, _NOBODY, Kind.VIDEO, Purpose.PROBE, "0"),
        ev.TrackRemoved(track=TrackId(4_294_967_295), reason=CloseReason.UNPUBLISHED),
        ev.Left(participant=_NOBODY, reason=CloseReason.LEFT),
        ev.RingEnded(callee=OBSERVER.account, reason=CloseReason.CANCELLED),
        _track(4_000_000_000, _ONE, Kind.AUDIO, Purpose.ROOM, "a.b-c_D9"),
    ]


def _rejoin() -> list[ev.Body]:
    """Who left and comes again has its old number and is no longer among the departed."""
    return [
        _REQUEST,
        ev.Opened(),
        ev.Joined(participant=_ONE, person=OBSERVER),
        ev.MediaChanged(participant=_ONE, microphone=True, camera=False),
        ev.Left(participant=_ONE, reason=CloseReason.LEFT),
        ev.Joined(participant=_TWO, person=SPECIALIST),
        ev.Joined(participant=_ONE, person=OBSERVER),
        ev.Left(participant=_TWO, reason=CloseReason.ACCESS_REVOKED),
        ev.Left(participant=_ONE, reason=CloseReason.LEFT),
    ]


def _restart_while_ringing() -> list[ev.Body]:
    return [
        _REQUEST,
        ev.FollowingChanged(following=SECOND),
        ev.Rang(callee=SPECIALIST, timeout_ms=30_000, following=None),
        ev.FollowingChanged(following=SECOND),
        ev.RingEnded(callee=SPECIALIST.account, reason=CloseReason.CONNECTION_LOST),
        ev.Rang(callee=SECOND, timeout_ms=30_000),
        ev.Rang(callee=SECOND, timeout_ms=30_000),
        ev.RingEnded(callee=SPECIALIST.account, reason=CloseReason.CONNECTION_LOST),
        ev.Answered(callee=SECOND),
    ]


def _invitation() -> list[ev.Body]:
    """Asked twice, declined once; what the plane observed changes nothing."""
    return [
        *_opening(),
        ev.Joined(participant=_ONE, person=VILLAGE),
        ev.Joined(participant=_TWO, person=SPECIALIST),
        ev.Invited(callee=SECOND, timeout_ms=30_000),
        ev.Observed(participant=_ONE, step=Step.ICE_CONNECTED, value=112),
        ev.InvitationEnded(callee=SECOND.account, reason=CloseReason.DECLINED, decline=DeclineReason.BUSY, text="手术"),
        ev.Invited(callee=SECOND, timeout_ms=30_000),
        ev.Invited(callee=SECOND, timeout_ms=20_000),
        ev.Invited(callee=OBSERVER, timeout_ms=30_000),
        ev.InvitationAccepted(callee=SECOND.account),
        ev.Joined(participant=_THREE, person=SECOND),
        ev.InvitationAccepted(callee=SECOND.account),
        ev.InvitationEnded(callee=VILLAGE.account, reason=CloseReason.NO_ANSWER),
        ev.Observed(participant=ParticipantId(0), step=Step.STORAGE_FAILED),
        ev.Closing(reason=CloseReason.ENDED_BY_ADMINISTRATOR, text="维护 maintenance"),
        ev.Closed(reason=CloseReason.ENDED_BY_ADMINISTRATOR),
    ]


def _opinion_after_the_call() -> list[ev.Body]:
    picture = ev.Attachment(
        sha256="ab" * 32, kind=AttachmentKind.PICTURE, media_type="image/jpeg", size=81_234, width=1280, height=960
    )
    opinion = ev.Opinion(findings="胆囊壁增厚 5 mm", impression="Acute cholecystitis", advice="转诊", critical=True)
    told = ev.Opinion(
        findings="",
        impression="",
        advice="Told.",
        critical=True,
        told=ev.CriticalTold(to="李医生", at=1_790_000_300_000),
    )
    return [
        *_opening(),
        ev.Joined(participant=_ONE, person=VILLAGE),
        ev.ChatSaid(participant=_ONE, key="k1", text="", attachment=picture),
        ev.Closing(reason=CloseReason.HUNG_UP),
        ev.Closed(reason=CloseReason.HUNG_UP),
        _signed(1, 0, opinion),
        ev.OpinionAcknowledged(number=1, person=VILLAGE, at=1_790_000_200_000),
        ev.OpinionAcknowledged(number=1, person=VILLAGE, at=1_790_000_200_001),
        _signed(2, 1, told),
        ev.OpinionAcknowledged(number=7, person=VILLAGE, at=1_790_000_200_002),
    ]


def _signed(number: int, amends: int, opinion: ev.Opinion) -> ev.OpinionSigned:
    return ev.OpinionSigned(
        number=number,
        amends=amends,
        opinion=opinion,
        signer=SPECIALIST,
        at=1_790_000_100_000 + number,
        key="A" * 43 + "=",
        signature="B" * 86 + "==",
    )


def _chat_cut_off() -> list[ev.Body]:
    """Two lines more than a state keeps."""
    return [
        _REQUEST,
        ev.Opened(),
        ev.Joined(participant=_ONE, person=VILLAGE),
        *(ev.ChatSaid(participant=_ONE, key=f"k{n}", text=f"第{n}行") for n in range(CHAT_KEPT + 2)),
    ]
