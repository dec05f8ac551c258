"""Opening what is kept of a consultation (a replay, a file, an export, a teaching copy): asked of `decide()` with the
grants and the consent as they are at this moment, and written into the consultation's log before anything is shown.
What cannot be written is not shown. Refusals are written too, the same one once a minute. Reading: `readings.py`.
"""

from dataclasses import dataclass
from typing import Final

from sefaw_rtc.access import ACCESS_ACTIONS, Action, Decision, SignedIn, decide, enforce
from sefaw_rtc.consultation import Consultation
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.finding import Found
from sefaw_rtc.service.rights import kept_of, with_rights
from sefaw_rtc.service.services import Services
from signalling.events import Accessed
from signalling.vocabulary import AccessKind, AccessPurpose, Role

_MS_PER_S: Final = 1000
_BY_ROLE: Final = {Role.REVIEWER: AccessPurpose.REVIEW, Role.ADMINISTRATOR: AccessPurpose.ADMINISTRATION}


@dataclass(frozen=True)
class Wish:
    """What somebody wants to do, and how the log calls it. `detail`: which part, a word of `[a-z0-9_.-]`, 40 at
    most."""

    action: Action
    kind: AccessKind
    purpose: AccessPurpose
    detail: str = ""

    def access(self, who: SignedIn, decision: Decision, at: int) -> Accessed:
        """The line of it."""
        return Accessed(
            person=who.person,
            kind=self.kind,
            purpose=self.purpose,
            allowed=decision.allowed,
            ground=decision.ground,
            at=at,
            grant=decision.grant,
            item=self.detail,
        )


def purpose_of(who: SignedIn) -> AccessPurpose:
    """What somebody reads for, where nothing else says it."""
    return _BY_ROLE.get(who.person.role, AccessPurpose.CARE)


async def open_access(
    services: Services,
    who: SignedIn,
    found: Found,
    what: AccessKind,
    *,
    purpose: AccessPurpose = AccessPurpose.CARE,
    detail: str = "",
) -> Decision:
    """The yes, once it stands in the log; once for each opening, not for each request. Raises as `write_access`."""
    return await write_access(services, who, found, Wish(ACCESS_ACTIONS[what, purpose], what, purpose, detail))


async def write_access(services: Services, who: SignedIn, found: Found, wish: Wish) -> Decision:
    """The yes, once it stands in the log. Raises what the refused one is told (`forbidden`, `no_consent`,
    `grant_ended`, …), and `storage_full`, `too_many`."""
    async with services.openings.turn((found.consultation, who.account.id)):
        return await write_in_turn(services, who, found, wish)


async def write_in_turn(services: Services, who: SignedIn, found: Found, wish: Wish) -> Decision:
    """The same for whoever has the turn."""
    asked_s = services.rights.now_s()
    if found.host is None and found.brief is None:
        decision = decide(who.subject, wish.action, found.resource, unix_s())
        return enforce(decision, who.subject, wish.action, found.resource)
    consultation, openings = found.consultation, services.openings
    openings.spend((consultation, who.account.id), asked_s)

    def ask(heart: Consultation, now: int, at: int) -> tuple[Decision, Accessed, bool]:
        resource = with_rights(found.resource, kept_of(heart.state), max(asked_s, at // _MS_PER_S))
        decision = decide(who.subject, wish.action, resource, unix_s())  # a session ends by the clock that began it
        access = wish.access(who, decision, at)
        new = decision.allowed or openings.is_new(consultation, access, asked_s)
        if new:
            heart.accesses.handle_access(now, access)
        return decision, access, new

    decision, access, new = await services.paperwork.act(consultation, ask)
    if new:  # not before the disk has it
        openings.wrote(consultation, access, asked_s)
    return enforce(decision, who.subject, wish.action, found.resource)


async def still_allowed(
    services: Services, who: SignedIn, found: Found, what: AccessKind, *, purpose: AccessPurpose = AccessPurpose.CARE
) -> bool:
    """Whether what was opened may go on, as of now: for the later requests of it. Writes nothing."""
    resource = await services.rights.resource(found.resource, found.host)  # what has ended is out of it
    return decide(who.subject, ACCESS_ACTIONS[what, purpose], resource, unix_s()).allowed
