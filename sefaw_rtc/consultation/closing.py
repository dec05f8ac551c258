"""The closing order: how a consultation ends, always the same way, whatever ended it (docs/closing.md)."""

from sefaw_rtc.consultation.effects import CloseAll, CloseMedia, RemoveTrack, SetRecording, StopRing
from sefaw_rtc.consultation.log import Log
from signalling import events as ev
from signalling.ids import AccountId
from signalling.looking import FreezeFailed
from signalling.recording import RecordingStopped
from signalling.vocabulary import CloseReason, FreezeFault, RecordingStatus, Status


def close(log: Log, now: int, reason: CloseReason, by: int = 0, text: str = "") -> None:
    """Begin, or finish, the closing order. Closing what is closed does nothing; the first reason stands. `text`: an
    administrator's own words."""
    if log.state.status is Status.CLOSED:
        return
    if log.state.status is not Status.CLOSING:
        end_ring(log, now, reason, by=by)
        for invitation in log.state.invitations:
            end_invitation(log, now, invitation.callee.account, reason, by=by)
        _give_up_stills(log, now)
        log.write(now, ev.Closing(reason=reason, text=text), by)
    _finish(log, now, log.state.close_reason or reason, by)


def end_ring(log: Log, now: int, reason: CloseReason, *, by: int = 0, said: ev.RingEnded | None = None) -> None:
    """End the ring that is going on, if any. `said`: the event to write, where more is to be told than the reason."""
    ring = log.state.ring
    if ring is None:
        return
    callee = ring.callee.account
    log.write(now, said or ev.RingEnded(callee=callee, reason=reason), by)
    log.act(StopRing(callee, reason))


def end_invitation(
    log: Log, now: int, account: AccountId, reason: CloseReason, *, by: int = 0, said: ev.InvitationEnded | None = None
) -> None:
    """End one invitation. `said`: the event to write, where more is to be told than the reason."""
    log.write(now, said or ev.InvitationEnded(callee=account, reason=reason), by)
    log.act(StopRing(account, reason))


def stop_recording(log: Log, now: int) -> None:
    """No more of it, if there is any."""
    if log.state.recording.status is not RecordingStatus.OFF:
        log.write(now, RecordingStopped())
        log.act(SetRecording(RecordingStatus.OFF))


def _give_up_stills(log: Log, now: int) -> None:
    """What is frozen and not there yet will not come: nothing is left open for ever."""
    for freeze in log.state.looking.freezes:
        if freeze.picture is None and freeze.fault is None:
            log.write(now, FreezeFailed(key=freeze.key, fault=FreezeFault.NO_ANSWER))


def _finish(log: Log, now: int, reason: CloseReason, by: int) -> None:
    stop_recording(log, now)
    for track in log.state.tracks:
        log.write(now, ev.TrackRemoved(track=track.track, reason=reason), by)
        log.act(RemoveTrack(track.participant, track.track, reason))
    for seat in log.state.participants:
        log.write(now, ev.Left(participant=seat.participant, reason=reason), by)
        log.act(CloseMedia(seat.participant, reason))
    log.write(now, ev.Closed(reason=reason), by)
    log.act(CloseAll(reason))
