"""Guiding who holds the probe: cues, and what is asked for at the machine."""

from sefaw_rtc.consultation.budget import Budgets
from sefaw_rtc.consultation.log import Log
from sefaw_rtc.consultation.refused import Refused
from signalling import looking as look
from signalling.ids import ParticipantId
from signalling.looking_state import MachineRequest
from signalling.vocabulary import Cue, ErrorCode, MachineControl


class Guidance:
    """Everybody who looks along may guide; the bedside answers."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._cues = Budgets(log.policy.cues_burst, log.policy.cues_per_s, "cues")
        self._asks = Budgets(log.policy.asks_burst, log.policy.asks_per_s, "requests")

    def cue(self, now: int, participant: ParticipantId, cue: Cue) -> None:
        """Where to move the probe. The same again is said again: more of it."""
        self._log.refuse_if_over()
        self._log.seat(participant)
        self._cues.spend(now, participant)
        self._log.write(now, look.CueGiven(participant=participant, cue=cue), participant)

    def ask(self, now: int, participant: ParticipantId, key: str, control: MachineControl) -> None:
        """Something to do at the machine. The same key again is the same request."""
        self._log.refuse_if_over()
        self._log.seat(participant)
        here = self._find(key)
        if here is not None:
            if here.participant != participant:
                raise Refused(ErrorCode.CONFLICT, "another's key")
            return
        if len(self._log.state.looking.requests) >= self._log.policy.max_requests:
            raise Refused(ErrorCode.TOO_MANY, "open requests")
        self._asks.spend(now, participant)
        self._log.write(now, look.MachineAsked(participant=participant, key=key, control=control), participant)

    def answer(self, now: int, participant: ParticipantId, key: str, *, done: bool) -> None:
        """It is done, or will not be."""
        self._log.refuse_if_over()
        if not self._log.is_bedside(self._log.seat(participant).person):
            raise Refused(ErrorCode.FORBIDDEN, "the bedside answers")
        if self._find(key) is None:
            raise Refused(ErrorCode.NOT_FOUND, "no such request")
        self._log.write(now, look.MachineAnswered(key=key, done=done), participant)

    def _find(self, key: str) -> MachineRequest | None:
        return next((one for one in self._log.state.looking.requests if one.key == key), None)
