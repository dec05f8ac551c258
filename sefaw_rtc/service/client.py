"""One client of the wire: who it is, whether it is in the lobby, which seat it has; and what becomes of its messages.

Every message is asked of `decide()` before anything else. Whatever goes wrong is one `error` with the request's
number; nobody else notices.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec

from sefaw_rtc import logs
from sefaw_rtc.access import ANONYMOUS, MESSAGE_ACTIONS, SERVER, Action, Resource, Subject, SubjectKind, require
from sefaw_rtc.access.sessions import SignedIn
from sefaw_rtc.errors import ProtocolError, StoreError, UserError
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.services import Services
from signalling.codec import ParseError
from signalling.events import Person
from signalling.ids import ConsultationId, ParticipantId
from signalling.messages import ClientMessage, Error, ServerMessage
from signalling.vocabulary import CloseReason, ErrorCode

log = logs.get("service")


class Way(Protocol):
    """The way back to the client, as the web shell provides it."""

    @property
    def heard_at(self) -> float: ...

    def probe(self) -> None: ...

    def send(self, message: ServerMessage) -> None: ...

    def goodbye(self, reason: CloseReason) -> None: ...


@dataclass(frozen=True)
class Seat:
    """A participant, as this connection serves it."""

    host: Host
    participant: ParticipantId
    person: Person


class Client:
    """Implements `connections.Connection`."""

    def __init__(self, services: Services, way: Way, session: SignedIn | None, handlers: "Handlers") -> None:
        self.services = services
        self.session = session
        self.in_lobby = False
        self.seat: Seat | None = None
        self._way = way
        self._handlers = handlers
        self._offers: list[float] = []

    # ---- connection ---------------------------------------------------------------------------------------------

    @property
    def heard_at(self) -> float:
        return self._way.heard_at

    def probe(self) -> None:
        self._way.probe()

    def send(self, message: ServerMessage) -> None:
        self._way.send(message)

    def goodbye(self, reason: CloseReason) -> None:
        self._way.goodbye(reason)

    def unseated(self, reason: CloseReason) -> None:
        """Out of the consultation. A page stays in the lobby; a program that only joined has nothing else here."""
        self.seat = None
        if not self.in_lobby:
            # After the answer to the message that caused it, which is not sent yet.
            asyncio.get_running_loop().call_soon(self.goodbye, reason)

    def closed(self, reason: CloseReason) -> None:
        """The connection is over."""
        self.services.clients.discard(self)
        if self.seat is not None:
            seat, self.seat = self.seat, None
            seat.host.connection_closed(seat.participant, self, reason)
        if self.in_lobby and self.session is not None:
            self.in_lobby = False
            self.services.desk.depart(self.session.account.id, self)

    def warn_of_stop(self) -> None:
        """It came while the server drains: it is told what the others were."""
        notice = self.services.drain.notice(asyncio.get_running_loop().time())
        if notice is not None:
            self.send(notice)

    @property
    def introduced(self) -> bool:
        """Whether it has said who it is, one way or the other."""
        return self.in_lobby or self.seat is not None

    # ---- messages -----------------------------------------------------------------------------------------------

    async def handle(self, message: ClientMessage) -> None:
        """Carry out one message, or say why not."""
        kind = type(message)
        self.services.metrics.messages.labels(kind.__name__).inc()
        number = getattr(message, "re", 0)
        try:
            await self._handlers[kind](self, message)
        except UserError as error:
            self.fail(error.code, error.detail, number)
        except ProtocolError as error:
            self.violated(error.code, error.detail, number)
        except StoreError as error:
            log.warning("message failed", message=kind.__name__, error=type(error).__name__)
            self.fail(error.code, "", number)
        except Exception:
            log.exception("message failed", message=kind.__name__)
            self.fail(ErrorCode.INTERNAL, "", number)

    def refused(self, error: ParseError) -> None:
        """What came in was no message."""
        self.fail(error.code, error.detail, error.re)

    def fail(self, code: ErrorCode, detail: str = "", number: int = 0) -> None:
        """One clear error."""
        self.services.metrics.errors.labels(code.value).inc()
        self.send(Error(re=number, code=code, detail=detail))

    def violated(self, code: ErrorCode, detail: str = "", number: int = 0) -> None:
        """One clear error, and the end."""
        self.fail(code, detail, number)
        self.goodbye(CloseReason.PROTOCOL_VIOLATION)

    # ---- who may ------------------------------------------------------------------------------------------------

    def signed_in(self, message: ClientMessage, resource: Resource = SERVER) -> Person:
        """Ask for a message of a signed-in account; who it is."""
        session = self.session
        require(session.subject if session else ANONYMOUS, MESSAGE_ACTIONS[type(message)], resource, unix_s())
        if session is None:
            raise UserError(ErrorCode.UNAUTHENTICATED)
        return session.person

    def seated(self, message: ClientMessage) -> Seat:
        """Ask for a message of a participant; its seat."""
        self.require(MESSAGE_ACTIONS[type(message)])
        if self.seat is None:
            raise UserError(ErrorCode.OUT_OF_STATE, "join first")
        return self.seat

    def require(self, action: Action) -> None:
        """Ask for an action of this client where it sits."""
        seat = self.seat
        if seat is not None:
            require(seat_subject(seat), action, seat.host.resource(), unix_s())
        else:
            require(self.session.subject if self.session else ANONYMOUS, action, SERVER, unix_s())

    def consultation(self, message: ClientMessage, consultation: ConsultationId) -> tuple[Person, Host]:
        """Ask for a message of a signed-in account about a consultation. One that is not known is refused like one
        that is not theirs."""
        host = self.services.registry.get(consultation)
        resource = host.resource() if host else self.services.registry.closed_resource(consultation)
        person = self.signed_in(message, resource or Resource(consultation=consultation))
        if host is None:
            raise UserError(ErrorCode.CONSULTATION_CLOSED if resource else ErrorCode.NOT_FOUND)
        return person, host

    def spend_offer(self) -> None:
        """An offer costs the plane: only so many a minute."""
        now = time.monotonic()
        self._offers = [at for at in self._offers if now - at < 60]
        if len(self._offers) >= self.services.config.limits.offers_per_minute:
            self.services.metrics.limited.labels("offers_per_minute").inc()
            raise UserError(ErrorCode.TOO_MANY, "offers")
        self._offers.append(now)


def seat_subject(seat: Seat) -> Subject:
    """A participant as `decide()` sees it."""
    return Subject(
        kind=SubjectKind.SEAT,
        account=seat.person.account,
        institution=seat.person.institution,
        role=seat.person.role,
        consultation=seat.host.id,
        participant=seat.participant,
    )


Handler = Callable[[Client, msgspec.Struct], Awaitable[None]]
Handlers = dict[type[msgspec.Struct], Handler]
