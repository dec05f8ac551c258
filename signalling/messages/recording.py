"""What a page asks of the recording. Each is answered by `done` or `error`."""

from signalling.messages.parts import Request
from signalling.record import Tagged
from signalling.recording import Consent
from signalling.vocabulary import GapReason


class GiveConsent(Tagged, frozen=True):
    """The patient or the guardian agreed, and recording begins. The same key again is the same consent. Refused:
    `forbidden` (only the bedside takes it), `malformed` (what this kind needs is missing, or it is over already),
    `not_found` (no such attachment)."""

    re: Request
    consent: Consent


class WithdrawConsent(Tagged, frozen=True):
    """It holds no longer, and recording stops. Refused: `forbidden`, `out_of_state`."""

    re: Request


class PauseRecording(Tagged, frozen=True):
    """Leave out what follows. Refused: `malformed` (not a reason that people have), `out_of_state`."""

    re: Request
    reason: GapReason


class ResumeRecording(Tagged, frozen=True):
    """Go on with it. Refused: `out_of_state`."""

    re: Request


RecordingMessage = GiveConsent | WithdrawConsent | PauseRecording | ResumeRecording
