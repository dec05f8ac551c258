"""What a patient without an account sees of one consultation, by a link that the doctor with them shows: who was given
access until when, who looked, and a button that takes it back. Nothing else, for a quarter of an hour.

The link is a token of its own audience, bound to the consultation; the page keeps it in memory. No name is shown but
those to whom the patient gave it: whoever looked is said by role and institution, and the patient is not named.
"""

from typing import Final

import msgspec

from sefaw_rtc.access import Action, Audience, Subject, require
from sefaw_rtc.consultation import Consultation
from sefaw_rtc.errors import NotFound
from sefaw_rtc.service.finding import Found, find
from sefaw_rtc.service.granting import Overview, overview_of, take_back
from sefaw_rtc.service.guests import guest
from sefaw_rtc.service.services import Services
from signalling.events import Accessed, ExportedHere, Person
from signalling.ids import ConsultationId, InstitutionId
from signalling.recording_state import ConsentState
from signalling.state import GrantState, State
from signalling.vocabulary import AccessKind, AccessPurpose, ConsentUse, GrantData, Ground, Role

LINK_S: Final = 900  # long enough to read it together, too short to be kept
_LABEL: Final = "patient"  # nobody's name: whose consultation it is stands in the log


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A grant. `name` is the doctor's whom the patient gave it, "" = everybody of the institution. Times in Unix ms;
    `revoked_at` 0: it was not taken back."""

    key: str
    site: str
    name: str
    data: list[GrantData]
    at: int
    until: int
    revoked_at: int


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody looked, or was refused. `role` None: whoever runs the server's machine."""

    role: Role | None
    site: str
    kind: AccessKind
    purpose: AccessPurpose | None
    allowed: bool
    ground: Ground | None
    at: int


class PatientView(msgspec.Struct, frozen=True, kw_only=True):
    """`now` and `until` (of the link): Unix ms. `uses`: what the recording may be used for; None = none was made."""

    now: int
    until: int
    uses: list[ConsentUse] | None
    grants: list[Shown]
    looked: list[Looked]


class Link(msgspec.Struct, frozen=True):
    """`until`: Unix ms."""

    token: str
    until: int


def link_for(services: Services, found: Found) -> Link:
    """For whoever may give and take back: asked by the caller. Raises `NotFound` for a consultation of nobody."""
    institution = found.resource.institution
    if institution is None:
        raise NotFound("consultation")
    now_s = services.rights.now_s()
    account = _patient(found.consultation, institution).account
    token = services.tokens.issue(
        Audience.PATIENT,
        account=account,
        consultation=found.consultation,
        role=Role.PATIENT,
        now=now_s,
        lifetime_s=LINK_S,
    )
    return Link(token, (now_s + LINK_S) * 1000)


async def view(services: Services, token: str) -> PatientView:
    """What stands behind a link. Raises `TokenInvalid`, `TokenExpired`, what `decide()` refuses."""
    subject, found = await _bearer(services, token, Action.READ_OWN_GRANTS)
    return _of(await overview_of(services, found), subject.expires * 1000)


async def revoke(services: Services, token: str, key: str) -> PatientView:
    """Take it back in this consultation. Raises as `view`, and UserError: not_found."""
    subject, found = await _bearer(services, token, Action.TAKE_BACK_OWN)
    institution = found.resource.institution
    if institution is None:
        raise NotFound("consultation")
    patient = _patient(found.consultation, institution)

    def ask(heart: Consultation, now: int, at: int) -> State:
        heart.accesses.handle_revoke(now, patient, key, at=at)
        return heart.state

    await take_back(services, [found.consultation], ask)
    return _of(await overview_of(services, found), subject.expires * 1000)


async def _bearer(services: Services, token: str, action: Action) -> tuple[Subject, Found]:
    now_s = services.rights.now_s()
    subject = services.tokens.read(token, (Audience.PATIENT,), now_s).subject()
    if subject.consultation is None:
        raise NotFound("consultation")
    found = await find(services, subject.consultation)
    require(subject, action, found.resource, now_s)
    return subject, found


def _patient(consultation: ConsultationId, institution: InstitutionId) -> Person:
    return guest(consultation, _LABEL, Role.PATIENT, _LABEL, institution)


def _of(found: Overview, until: int) -> PatientView:
    return PatientView(
        now=found.now,
        until=until,
        uses=_uses(found.consent, found.now) if found.recorded else None,
        grants=[_shown(one) for one in found.grants],
        looked=[_looked(one) for one in found.accesses],
    )


def _uses(consent: ConsentState | None, now: int) -> list[ConsentUse]:
    held = consent.consent if consent else None
    return [] if held is None or 0 < held.until <= now else list(held.uses)


def _shown(one: GrantState) -> Shown:
    grant = one.grant
    return Shown(
        key=grant.key,
        site=grant.site,
        name=grant.name,
        data=grant.data,
        at=one.at,
        until=grant.until,
        revoked_at=one.revoked_at,
    )


def _looked(one: Accessed | ExportedHere) -> Looked:
    if isinstance(one, ExportedHere):
        return Looked(role=None, site="", kind=one.kind, purpose=None, allowed=True, ground=None, at=one.at)
    return Looked(
        role=one.person.role,
        site=one.person.site,
        kind=one.kind,
        purpose=one.purpose,
        allowed=one.allowed,
        ground=one.ground,
        at=one.at,
    )
