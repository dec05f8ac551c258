"""What looking together adds to the timeline: who brought pictures, who leads, stills, and who cannot see. Views,
marks and cues are the looking itself, hundreds of them: they are not here. No study is named: it names a patient."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from recordings.timeline.records import Sign
from signalling import looking as look
from signalling.ids import ParticipantId
from signalling.vocabulary import Showing

if TYPE_CHECKING:
    from recordings.timeline.fold import Fold

_BLIND: Final = frozenset({Showing.UNSUPPORTED, Showing.LOST})


def _folder(fold: "Fold", body: look.StudyShared | look.StudyConfirmed | look.StudyWithdrawn) -> None:
    fold.note(body, fold.of_participant(fold.by))


def _lead_asked(fold: "Fold", body: look.LeadAsked) -> None:
    fold.note(body, fold.of_participant(body.participant))


def _lead_changed(fold: "Fold", body: look.LeadChanged) -> None:
    if body.holder:
        fold.note(body, fold.of_participant(ParticipantId(body.holder)))


def _showing(fold: "Fold", body: look.ShowingChanged) -> None:
    if body.showing in _BLIND:
        fold.note(body, fold.of_participant(body.participant))


def _freeze_asked(fold: "Fold", body: look.FreezeAsked) -> None:
    fold.freezes[body.key] = body
    fold.note(body, fold.of_participant(body.participant), **fold.of_track(body.frame.track))


def _freeze_ended(fold: "Fold", body: look.Frozen | look.FreezeFailed) -> None:
    asked = fold.freezes.get(body.key)
    if asked is not None:
        fold.note(body, fold.of_participant(asked.participant), **fold.of_track(asked.frame.track))


HANDLERS: Final[Mapping[type, Callable[["Fold", Any], None]]] = MappingProxyType(
    {
        look.StudyShared: _folder,
        look.StudyConfirmed: _folder,
        look.StudyWithdrawn: _folder,
        look.LeadAsked: _lead_asked,
        look.LeadChanged: _lead_changed,
        look.ShowingChanged: _showing,
        look.FreezeAsked: _freeze_asked,
        look.Frozen: _freeze_ended,
        look.FreezeFailed: _freeze_ended,
    }
)
SIGNS: Final[Mapping[str, Sign]] = MappingProxyType(
    {
        "study_shared": Sign.MEDIA,
        "study_confirmed": Sign.MEDIA,
        "study_withdrawn": Sign.MEDIA,
        "showing_changed": Sign.TROUBLE,
        "freeze_asked": Sign.MEDIA,
        "frozen": Sign.MEDIA,
        "freeze_failed": Sign.TROUBLE,
    }
)
