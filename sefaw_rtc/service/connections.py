"""Which connection serves which participant of one consultation. The newest wins; the old one is told so."""

from typing import Protocol

from signalling.ids import ParticipantId
from signalling.messages import ServerMessage
from signalling.vocabulary import CloseReason


class Connection(Protocol):
    """One client's way back. No method blocks or raises: a client that cannot follow is dropped by its shell."""

    @property
    def heard_at(self) -> float:
        """Loop time of the last thing that came from it."""

    def send(self, message: ServerMessage) -> None: ...

    def probe(self) -> None:
        """Ask it for a sign of life; an answer shows in `heard_at`."""

    def goodbye(self, reason: CloseReason) -> None:
        """Say why, then close. Idempotent."""

    def unseated(self, reason: CloseReason) -> None:
        """Its participant is out of the consultation; what else the connection serves goes on."""


class Seats:
    """Participant to connection, one each."""

    def __init__(self) -> None:
        self._by_participant: dict[ParticipantId, Connection] = {}

    def take(self, participant: ParticipantId, connection: Connection) -> None:
        """Seat a connection. One that sat there before is told `replaced` and closed."""
        old = self._by_participant.get(participant)
        self._by_participant[participant] = connection
        if old is not None and old is not connection:
            old.goodbye(CloseReason.REPLACED)

    def release(self, participant: ParticipantId, connection: Connection) -> bool:
        """Free the seat if this connection still has it: a replaced one frees nothing."""
        if self._by_participant.get(participant) is not connection:
            return False
        del self._by_participant[participant]
        return True

    def remove(self, participant: ParticipantId) -> Connection | None:
        """Take whoever sits there off the seat."""
        return self._by_participant.pop(participant, None)

    def get(self, participant: ParticipantId) -> Connection | None:
        return self._by_participant.get(participant)

    def __contains__(self, participant: ParticipantId) -> bool:
        return participant in self._by_participant

    def all(self) -> list[tuple[ParticipantId, Connection]]:
        """Everybody seated, now."""
        return list(self._by_participant.items())

    def broadcast(self, message: ServerMessage) -> None:
        """To all that are seated."""
        for connection in list(self._by_participant.values()):
            connection.send(message)
