"""The fold of recording. Total: an event that ends what never began changes nothing. The twin of
viewer/src/session/recording_fold.ts."""

from msgspec.structs import replace

from signalling import recording as rec
from signalling.recording_state import GAPS_KEPT, ConsentState, Gap, Recording
from signalling.vocabulary import RecordingStatus


def fold_recording(s: Recording, body: rec.Recorded, t: int) -> Recording:
    """The state of the recording after `body`, which happened at `t` (session µs)."""
    match body:
        case rec.ConsentTaken(participant=participant, consent=consent, at=at):
            return replace(s, consent=ConsentState(participant=participant, t=t, at=at, consent=consent))
        case rec.ConsentEnded():
            return replace(s, consent=None)
        case rec.RecordingStarted() | rec.RecordingResumed():
            return replace(s, status=RecordingStatus.ON, since_t=t, gaps=_end_pause(s.gaps, t))
        case rec.RecordingPaused(reason=reason):
            gap = Gap(reason=reason, from_t=t)
            return replace(s, status=RecordingStatus.PAUSED, since_t=t, gaps=_with(_end_pause(s.gaps, t), gap))
        case rec.RecordingStopped():
            return replace(s, status=RecordingStatus.OFF, since_t=t, trouble=None, gaps=_end_pause(s.gaps, t))
        case rec.RecordingTroubled(reason=reason):
            return replace(s, trouble=reason, gaps=_with(s.gaps, Gap(reason=reason, from_t=t)))
        case rec.RecordingMissed(reason=reason, from_t=from_t, to_t=to_t, packets=packets):
            missed = Gap(reason=reason, from_t=from_t, to_t=to_t, packets=packets)
            return replace(s, trouble=None, gaps=_with(_without_guess(s.gaps, missed), missed))


def _end_pause(gaps: list[Gap], t: int) -> list[Gap]:
    return [replace(gap, to_t=t) if gap.to_t < 0 else gap for gap in gaps]


def _without_guess(gaps: list[Gap], missed: Gap) -> list[Gap]:
    """What a trouble was thought to miss, before it was counted."""
    return [gap for gap in gaps if gap.packets or gap.reason is not missed.reason or 0 <= gap.to_t <= missed.from_t]


def _with(gaps: list[Gap], gap: Gap) -> list[Gap]:
    return [*gaps, gap][-GAPS_KEPT:]
