"""What the plane and the server saw of somebody's media, written down for the timeline. Never refused, but bounded: a
line that flaps does not fill the log."""

from sefaw_rtc.consultation.budget import Budget
from sefaw_rtc.consultation.log import Log
from signalling import events as ev
from signalling.ids import ParticipantId, TrackId
from signalling.vocabulary import Status, Step


class Observations:
    """One budget for each participant, and one (number 0) for the server itself."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._budgets: dict[ParticipantId, Budget] = {}

    def saw(self, now: int, participant: ParticipantId, step: Step, track: TrackId, value: int) -> bool:
        """Write it down; False where it is one too many, or the consultation is over."""
        policy = self._log.policy
        budget = self._budgets.setdefault(participant, Budget(policy.observed_burst, policy.observed_per_s))
        if self._log.state.status is Status.CLOSED or not budget.spend(now):
            return False
        self._log.write(now, ev.Observed(participant=participant, step=step, track=track, value=max(0, value)))
        return True
