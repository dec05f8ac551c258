"""Reading what is kept of a consultation: its record (summary, timeline, review) and its pictures (the folder, what was
sent). Asked of `decide()` at each request; in the access log one line for an hour of one person's reading, written
before anything is shown.

No line: who took part, while it lasts and for a day after it, when they do what is left to be done; a part that was not
given to somebody who was given another one, since pages ask for all of them.
"""

from typing import Final

from sefaw_rtc.access import (
    READING_ACTIONS,
    Action,
    Decision,
    Resource,
    SignedIn,
    decide,
    enforce,
    has_grant,
    is_inside,
    require,
)
from sefaw_rtc.service.accesses import Wish, purpose_of, write_access, write_in_turn
from sefaw_rtc.service.blinding import refuse_blind
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.finding import Found
from sefaw_rtc.service.services import Services
from signalling.vocabulary import AccessKind

AT_IT_S: Final = 24 * 3600  # opinion, acknowledgement, what to do next: by the next day it is done
_MS: Final = 1000


async def read_access(services: Services, who: SignedIn, found: Found, action: Action) -> None:
    """Raises what the refused one is told; `storage_full` where it has to be written and cannot."""
    wish = Wish(action, READING_ACTIONS[action], purpose_of(who))
    if _is_quiet(services, who, found, wish):
        return
    async with services.openings.turn((found.consultation, who.account.id)):
        if not _is_quiet(services, who, found, wish):  # who was before this one may have written it
            await write_in_turn(services, who, found, wish)


async def picture_access(services: Services, who: SignedIn, found: Found, action: Action) -> None:
    """The same for pictures: while the consultation lasts they are its participants' alone, whatever was given to
    others; the institution's reviewers come after it."""
    if found.host is None:
        await read_access(services, who, found, action)
        return
    live = found.resource
    alone = Resource(consultation=found.consultation, requester=live.requester, participants=live.participants)
    require(who.subject, action, alone, unix_s())


async def dicom_export_access(services: Services, who: SignedIn, found: Found) -> None:
    """What was made in it, to carry away: a line for each copy, whoever takes it and whenever. Raises as
    `read_access`, and `blind`."""
    if decide(who.subject, Action.EXPORT_DICOM, found.resource, unix_s()).allowed:
        refuse_blind(services, who, found.consultation)
    await write_access(services, who, found, Wish(Action.EXPORT_DICOM, AccessKind.EXPORT, purpose_of(who), "dicom"))


def _is_quiet(services: Services, who: SignedIn, found: Found, wish: Wish) -> bool:
    """Whether the answer is yes and needs no line. Raises what is answered where a no needs none."""
    now_s = services.rights.now_s()
    decision = decide(who.subject, wish.action, found.resource, unix_s())
    if _leaves_no_line(who, found, decision, now_s) or not services.openings.is_new(
        found.consultation, wish.access(who, decision, now_s * _MS), now_s
    ):
        enforce(decision, who.subject, wish.action, found.resource)
        return True
    return False


def _leaves_no_line(who: SignedIn, found: Found, decision: Decision, now_s: int) -> bool:
    if found.host is None and found.brief is None:
        return True  # nobody's: there is no log
    if not decision.allowed:
        return has_grant(who.subject, found.resource)
    over_s = found.brief.closed_at // _MS if found.brief is not None else now_s
    return is_inside(who.subject, found.resource) and abs(now_s - over_s) < AT_IT_S  # the clock may have been far ahead
