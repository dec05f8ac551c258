"""Text chat: each line once, in order, not too fast."""

from sefaw_rtc.consultation.budget import Budget
from sefaw_rtc.consultation.log import Log
from sefaw_rtc.consultation.refused import Refused
from signalling import events as ev
from signalling.ids import ParticipantId
from signalling.vocabulary import ErrorCode


class Chat:
    """The lines said. A line is known again by its writer's key, as far back as the state keeps lines."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._budgets: dict[ParticipantId, Budget] = {}

    def say(
        self, now: int, participant: ParticipantId, key: str, text: str, attachment: ev.Attachment | None = None
    ) -> None:
        """One line. The same key again changes nothing, so that a client may retry."""
        self._log.refuse_if_over()
        self._log.seat(participant)
        if not text and attachment is None:
            raise Refused(ErrorCode.MALFORMED, "an empty line")
        if any(line.participant == participant and line.key == key for line in self._log.state.chat):
            return
        policy = self._log.policy
        budget = self._budgets.setdefault(participant, Budget(policy.chat_burst, policy.chat_per_s))
        if not budget.spend(now):
            raise Refused(ErrorCode.TOO_MANY, "chat lines")
        said = ev.ChatSaid(participant=participant, key=key, text=text, attachment=attachment)
        self._log.write(now, said, participant)
