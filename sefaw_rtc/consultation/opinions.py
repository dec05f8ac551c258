"""The paperwork: a specialist's signed opinion, its addenda, and the requester's acknowledgement. Allowed while the
call is open and after it closed; what is signed is never changed, only added to. Signing itself is an argument: a
pure function over bytes, so that number, time and text are fixed before anything is signed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sefaw_rtc.consultation.log import Log
from sefaw_rtc.consultation.refused import Refused
from signalling import events as ev
from signalling.ids import ConsultationId
from signalling.opinions import signed_text
from signalling.state import SignedOpinion
from signalling.vocabulary import ErrorCode, Role, Status

MOST: Final = 20  # opinions and addenda of one consultation: a long case has three; bounds the state
# A form shows minutes: what was told in the minute of the request seems to lie before it.
TOLD_EARLY_MS: Final = 60_000
TOLD_LATE_MS: Final = 300_000  # how far the clock of a page may run ahead of ours
US_PER_MS: Final = 1000


@dataclass(frozen=True, slots=True)
class Pen:
    """An opened signing key: its public half (base64), and what makes a signature (base64) over bytes."""

    key: str
    sign: Callable[[bytes], str]


class Opinions:
    """Who may sign and acknowledge what, and when."""

    def __init__(self, consultation: ConsultationId, log: Log) -> None:
        self._consultation = consultation
        self._log = log

    def sign(self, now: int, signer: ev.Person, opinion: ev.Opinion, amends: int, at: int, pen: Pen) -> int:
        """The number of the signed text. `at`: Unix ms of now. The same text once more is the same number, so that a
        client may retry."""
        self._refuse_if_moving()
        self._refuse_others(signer)
        _refuse_unfit(opinion, at, requested=at - now // US_PER_MS)
        mine = [one for one in self._log.state.opinions if one.signer.account == signer.account]
        if mine and (mine[-1].opinion, mine[-1].amends) == (opinion, amends):
            return mine[-1].number
        self._refuse_wrong_place(mine, amends)
        number = len(self._log.state.opinions) + 1
        if number > MOST:
            raise Refused(ErrorCode.TOO_MANY, "opinions")
        self._write(now, number, amends, opinion, signer, at, pen)
        return number

    def acknowledge(self, now: int, person: ev.Person, number: int, at: int) -> None:
        """The requester has read it. Twice is once."""
        self._refuse_if_moving()
        requester = self._log.state.requester
        if requester is None or requester.account != person.account:
            raise Refused(ErrorCode.FORBIDDEN, "only who asked acknowledges")
        one = next((one for one in self._log.state.opinions if one.number == number), None)
        if one is None:
            raise Refused(ErrorCode.NOT_FOUND, "no such opinion")
        if not any(known.person.account == person.account for known in one.acknowledged):
            body = ev.OpinionAcknowledged(number=number, person=person, at=at)
            self._log.write(now, body, self._log.number_of(person.account))

    def _write(
        self, now: int, number: int, amends: int, opinion: ev.Opinion, signer: ev.Person, at: int, pen: Pen
    ) -> None:
        patient = self._log.state.patient
        if patient is None:
            raise Refused(ErrorCode.OUT_OF_STATE, "no patient")
        text = signed_text(
            consultation=self._consultation,
            patient=patient,
            number=number,
            amends=amends,
            opinion=opinion,
            signer=signer,
            at=at,
        )
        body = ev.OpinionSigned(
            number=number,
            amends=amends,
            opinion=opinion,
            signer=signer,
            at=at,
            key=pen.key,
            signature=pen.sign(text),
        )
        self._log.write(now, body, self._log.number_of(signer.account))

    def _refuse_if_moving(self) -> None:
        if self._log.state.status not in {Status.OPEN, Status.CLOSED}:
            raise Refused(ErrorCode.OUT_OF_STATE, "neither open nor closed")

    def _refuse_others(self, signer: ev.Person) -> None:
        """The specialist who answered, and any other who is or was here."""
        state = self._log.state
        here = [p.person for p in [*state.participants, *state.departed]]
        known = {p.account for p in (*here, state.specialist) if p is not None}
        if signer.role is not Role.SPECIALIST or signer.account not in known:
            raise Refused(ErrorCode.FORBIDDEN, "only a specialist of this consultation signs")

    def _refuse_wrong_place(self, mine: list[SignedOpinion], amends: int) -> None:
        """The first text of an author is an opinion, every later one an addendum to one of its own."""
        if not mine and amends != 0:
            raise Refused(ErrorCode.NOT_FOUND, "nothing to add to")
        if mine and amends == 0:
            raise Refused(ErrorCode.CONFLICT, "signed already: add an addendum")
        if mine and amends not in {one.number for one in mine}:
            raise Refused(ErrorCode.NOT_FOUND, "not an opinion of this author")


def _refuse_unfit(opinion: ev.Opinion, at: int, requested: int) -> None:
    """`at` and `requested` in Unix ms."""
    told = opinion.told
    if told is not None and not opinion.critical:
        raise Refused(ErrorCode.MALFORMED, "told of what is not critical")
    if told is None and not any(part.strip() for part in (opinion.findings, opinion.impression, opinion.advice)):
        raise Refused(ErrorCode.MALFORMED, "an empty opinion")
    if told is None:
        return
    if not told.to.strip():
        raise Refused(ErrorCode.MALFORMED, "told nobody")
    if not requested - TOLD_EARLY_MS <= told.at <= at + TOLD_LATE_MS:
        raise Refused(ErrorCode.MALFORMED, "told before the request or in the future")
