"""Opening what is kept of a consultation (a replay, a file, an export, a teaching copy): asked of `decide()` with the
grants and the consent as they are at this moment, and written into the consultation's log before anything is shown.
What cannot be written is not shown. Refusals are written too, the same one once a minute.
"""

from typing import Final

from sefaw_rtc.access import ACCESS_ACTIONS, Decision, SignedIn, decide, enforce
from sefaw_rtc.consultation import Consultation
from sefaw_rtc.service.finding import Found
from sefaw_rtc.service.rights import kept_of, with_rights
from sefaw_rtc.service.services import Services
from signalling.events import Accessed
from signalling.vocabulary import AccessKind, AccessPurpose

_MS_PER_S: Final = 1000


async def open_access(
    services: Services,
    who: SignedIn,
    found: Found,
    what: AccessKind,
    *,
    purpose: AccessPurpose = AccessPurpose.CARE,
    detail: str = "",
) -> Decision:
    """The yes, once it stands in the log; once for each opening, not for each request. `detail`: which part, a word of
    `[a-z0-9_.-]`, 40 at most. Raises what the refused one is told (`forbidden`, `no_consent`, `grant_ended`, …), and
    `storage_full`, `too_many`."""
    action = ACCESS_ACTIONS[what, purpose]
    asked_s = services.rights.now_s()
    if found.host is None and found.brief is None:
        return enforce(decide(who.subject, action, found.resource, asked_s), who.subject, action, found.resource)
    services.openings.spend((found.consultation, who.account.id), asked_s)

    def ask(heart: Consultation, now: int, at: int) -> Decision:
        now_s = max(asked_s, at // _MS_PER_S)
        decision = decide(who.subject, action, with_rights(found.resource, kept_of(heart.state), now_s), now_s)
        access = Accessed(
            person=who.person,
            kind=what,
            purpose=purpose,
            allowed=decision.allowed,
            ground=decision.ground,
            at=at,
            grant=decision.grant,
            item=detail,
        )
        if decision.allowed or services.openings.is_new_refusal(found.consultation, access, now_s):
            heart.accesses.handle_access(now, access)
        return decision

    decision = await services.paperwork.act(found.consultation, ask)
    return enforce(decision, who.subject, action, found.resource)


async def still_allowed(
    services: Services, who: SignedIn, found: Found, what: AccessKind, *, purpose: AccessPurpose = AccessPurpose.CARE
) -> bool:
    """Whether what was opened may go on, as of now: for the later requests of it. Writes nothing."""
    now_s = services.rights.now_s()
    resource = await services.rights.resource(found.resource, found.host)
    return decide(who.subject, ACCESS_ACTIONS[what, purpose], resource, now_s).allowed
