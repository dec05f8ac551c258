"""Who the service tests are about, and a connection that remembers."""

from signalling.events import Person
from signalling.ids import AccountId, InstitutionId
from signalling.messages import ServerMessage
from signalling.vocabulary import CloseReason, Role

CLINIC = InstitutionId("c" * 26)


def person(letter: str, role: Role = Role.SPECIALIST) -> Person:
    return Person(account=AccountId(letter * 26), name=letter, role=role, site="Clinic", institution=CLINIC)


class Remembered:
    """A `connections.Connection` that keeps what it was told."""

    def __init__(self) -> None:
        self.sent: list[ServerMessage] = []
        self.left: CloseReason | None = None
        self.heard_at = 0.0
        self.probes = 0

    def probe(self) -> None:
        self.probes += 1

    def send(self, message: ServerMessage) -> None:
        self.sent.append(message)

    def goodbye(self, reason: CloseReason) -> None:
        self.left = reason

    def unseated(self, reason: CloseReason) -> None:
        self.left = reason
