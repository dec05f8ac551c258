"""Who really sees what the leader shows: what each participant says of itself."""

from sefaw_rtc.consultation.budget import Budgets
from sefaw_rtc.consultation.log import Log
from signalling import looking as look
from signalling.ids import ParticipantId
from signalling.looking_state import ShowingState
from signalling.vocabulary import Showing


class Showings:
    """Written only when it changed."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._budgets = Budgets(log.policy.showing_burst, log.policy.showing_per_s, "showing")

    def say(self, now: int, participant: ParticipantId, showing: Showing, behind: int) -> None:
        """What a participant sees now."""
        self._log.refuse_if_over()
        self._log.seat(participant)
        if ShowingState(participant=participant, showing=showing, behind=behind) in self._log.state.looking.showing:
            return
        self._budgets.spend(now, participant)
        body = look.ShowingChanged(participant=participant, showing=showing, behind=behind)
        self._log.write(now, body, participant)
