"""What the leader shows: the layout, and the View of each viewport at rest."""

from sefaw_rtc.consultation.budget import Budgets
from sefaw_rtc.consultation.lead import Lead
from sefaw_rtc.consultation.log import Log
from sefaw_rtc.consultation.pictures import Pictures
from sefaw_rtc.consultation.refused import Refused
from signalling import looking as look
from signalling.ids import ParticipantId
from signalling.looking_state import ViewportState
from signalling.vocabulary import ErrorCode


class Views:
    """Only the holder changes them, under the current epoch, and only to what may be shown."""

    def __init__(self, log: Log, lead: Lead, pictures: Pictures) -> None:
        self._log = log
        self._lead = lead
        self._pictures = pictures
        self._budgets = Budgets(log.policy.views_burst, log.policy.views_per_s, "views")

    def change_layout(self, now: int, participant: ParticipantId, epoch: int, rows: int, columns: int) -> None:
        """How many viewports there are. The same again is nothing."""
        self._refuse_others(participant, epoch)
        looking = self._log.state.looking
        if (looking.rows, looking.columns) == (rows, columns):
            return
        self._budgets.spend(now, participant)
        self._log.write(now, look.LayoutChanged(epoch=epoch, rows=rows, columns=columns), participant)

    def change(self, now: int, participant: ParticipantId, view: look.ViewChanged) -> None:
        """The View of one viewport at rest. The same again is nothing, unless it ends a drag; a cine is played anew."""
        self._refuse_others(participant, view.epoch)
        shown = self._viewport(view.viewport)
        image = view.image or shown.image
        if image is None:
            raise Refused(ErrorCode.NOT_FOUND, "an empty viewport")
        self._pictures.refuse_unless_shown(image.study, image.series)
        if view.cine is None and not view.counter and _shows(shown, view):
            return
        self._budgets.spend(now, participant)
        self._log.write(now, view, participant)

    def open(self, now: int, picture: look.Picture) -> None:
        """Show this in the first viewport, to all, whoever leads. What may not be shown is not."""
        try:
            self._pictures.refuse_unless_shown(picture.study, picture.series)
        except Refused:
            return
        epoch = max(1, self._log.state.looking.lead.epoch)  # nobody led yet: as if under the first
        self._log.write(now, look.ViewChanged(epoch=epoch, viewport=0, image=picture))

    def _refuse_others(self, participant: ParticipantId, epoch: int) -> None:
        self._log.refuse_if_over()
        self._log.seat(participant)
        self._lead.require(participant, epoch)

    def _viewport(self, number: int) -> ViewportState:
        viewports = self._log.state.looking.viewports
        if number >= len(viewports):
            raise Refused(ErrorCode.NOT_FOUND, "no such viewport")
        return viewports[number]


def _shows(shown: ViewportState, view: look.ViewChanged) -> bool:
    pairs = ((shown.image, view.image), (shown.area, view.area), (shown.voi, view.voi))
    return all(new is None or new == old for old, new in pairs)
