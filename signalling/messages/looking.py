"""What a participant says while looking together. Everything that is answered is answered by `done`; what became of it
is events. `epoch` is the lead's as the page knows it: `not_leading` if it is over."""

from typing import Annotated

from msgspec import Meta

from signalling.ids import ParticipantRef, StudyUid
from signalling.looking import Area, Cine, ClientKey, Epoch, FastCounter, FrameKey, Mark, Picture, Viewport, Voi
from signalling.messages.parts import Request
from signalling.record import Tagged
from signalling.vocabulary import Cue, MachineControl, PictureSource, Showing


class ShareStudy(Tagged, frozen=True):
    """Put a study that my institution, or its PACS, has into the consultation's folder. What is uploaded into the
    consultation shares itself. Refused: `not_found`, `source_unavailable`, `too_many`."""

    re: Request
    study: StudyUid
    source: PictureSource


class ConfirmStudy(Tagged, frozen=True):
    """The pictures name another patient, and it is right all the same."""

    re: Request
    study: StudyUid


class WithdrawStudy(Tagged, frozen=True):
    """Out of the folder: who shared it, or the requester. Refused: `forbidden`, `not_found`."""

    re: Request
    study: StudyUid


class ChangeLayout(Tagged, frozen=True):
    """The leader's viewports, row by row."""

    re: Request
    epoch: Epoch
    rows: Annotated[int, Meta(ge=1, le=2)]
    columns: Annotated[int, Meta(ge=1, le=2)]


class ChangeView(Tagged, frozen=True):
    """The leader's View at rest; what is None stays. `counter`: of my last fast-lane message of this viewport, 0 =
    none. Refused: `not_leading`, `not_found` (no such viewport, or not in the folder), `patient_unconfirmed`."""

    re: Request
    epoch: Epoch
    viewport: Viewport
    image: Picture | None = None
    area: Area | None = None
    voi: Voi | None = None
    cine: Cine | None = None
    counter: FastCounter = 0


class AskLead(Tagged, frozen=True):
    """I would like to lead."""

    re: Request


class GiveLead(Tagged, frozen=True):
    """The bedside side lets a participant lead. Refused: `forbidden`, `not_found`."""

    re: Request
    participant: ParticipantRef


class TakeLead(Tagged, frozen=True):
    """The bedside side leads again, at once. Refused: `forbidden`."""

    re: Request


class ReturnLead(Tagged, frozen=True):
    """Who leads gives it back to the bedside."""

    re: Request


class SayShowing(Tagged, frozen=True):
    """What I see of what the leader shows. Not answered."""

    showing: Showing
    behind: Annotated[int, Meta(ge=0, le=100_000)] = 0


class AddMark(Tagged, frozen=True):
    """Draw. The same key again is the same mark. Refused: `malformed` (the wrong number of points, not on exactly one
    thing), `not_found` (not in the folder, no such track), `too_many`."""

    re: Request
    mark: Mark


class RemoveMark(Tagged, frozen=True):
    """Take back one's own mark."""

    re: Request
    key: ClientKey


class GiveCue(Tagged, frozen=True):
    """Say where to move the probe."""

    re: Request
    cue: Cue


class AskMachine(Tagged, frozen=True):
    """Ask for something at the ultrasound machine."""

    re: Request
    key: ClientKey
    control: MachineControl


class AnswerMachine(Tagged, frozen=True):
    """The operator did it, or will not. Refused: `forbidden`, `not_found`."""

    re: Request
    key: ClientKey
    done: bool


class AskFreeze(Tagged, frozen=True):
    """This frame of live video becomes a still: its publisher is asked for its own picture first, then what was
    transmitted is decoded. Refused: `not_found`, `too_many`."""

    re: Request
    key: ClientKey
    frame: FrameKey


class DeclineFreeze(Tagged, frozen=True):
    """The publisher no longer has that frame."""

    re: Request
    key: ClientKey


LookingMessage = (
    ShareStudy
    | ConfirmStudy
    | WithdrawStudy
    | ChangeLayout
    | ChangeView
    | AskLead
    | GiveLead
    | TakeLead
    | ReturnLead
    | SayShowing
    | AddMark
    | RemoveMark
    | GiveCue
    | AskMachine
    | AnswerMachine
    | AskFreeze
    | DeclineFreeze
)
