"""What is drawn: on a picture of the folder, or on a frame of live video."""

from typing import Final

from sefaw_rtc.consultation.budget import Budgets
from sefaw_rtc.consultation.log import Log
from sefaw_rtc.consultation.pictures import Pictures
from sefaw_rtc.consultation.refused import Refused
from signalling import looking as look
from signalling.ids import ParticipantId
from signalling.vocabulary import ErrorCode, Shape

# How many points make each shape: at least, at most (`looking.Mark` bounds the stroke).
POINTS: Final = {
    Shape.ARROW: (2, 2),
    Shape.STROKE: (2, 512),
    Shape.BOX: (2, 2),
    Shape.ELLIPSE: (2, 2),
    Shape.TEXT: (1, 1),
    Shape.LENGTH: (2, 2),
    Shape.ANGLE: (3, 3),
    Shape.CALIPER: (2, 2),
}


class Marks:
    """Everybody's marks; each is its author's, who alone takes it back."""

    def __init__(self, log: Log, pictures: Pictures) -> None:
        self._log = log
        self._pictures = pictures
        self._budgets = Budgets(log.policy.marks_burst, log.policy.marks_per_s, "marks")

    def add(self, now: int, participant: ParticipantId, mark: look.Mark) -> None:
        """Draw. The same key again is the same mark."""
        self._log.refuse_if_over()
        self._log.seat(participant)
        self._refuse_unfit(mark)
        if not self._is_there(participant, mark.key):
            self._budgets.spend(now, participant)
            self._log.write(now, look.MarkAdded(participant=participant, mark=mark), participant)

    def remove(self, now: int, participant: ParticipantId, key: str) -> None:
        """Take back one's own mark."""
        self._log.refuse_if_over()
        self._log.seat(participant)
        if not self._is_there(participant, key):
            raise Refused(ErrorCode.NOT_FOUND, "no such mark of this participant")
        self._log.write(now, look.MarkRemoved(participant=participant, key=key), participant)

    def _is_there(self, participant: ParticipantId, key: str) -> bool:
        return any((one.participant, one.mark.key) == (participant, key) for one in self._log.state.looking.marks)

    def _refuse_unfit(self, mark: look.Mark) -> None:
        least, most = POINTS[mark.shape]
        if not least <= len(mark.points) <= most:
            raise Refused(ErrorCode.MALFORMED, "points")
        if mark.picture is not None and mark.frame is None:
            self._pictures.refuse_unless_shown(mark.picture.study, mark.picture.series)
        elif mark.frame is not None and mark.picture is None:
            self._log.video(mark.frame.track)
        else:
            raise Refused(ErrorCode.MALFORMED, "a mark is on one thing")
