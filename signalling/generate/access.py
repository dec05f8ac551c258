"""The log of grants and accesses after the end: given, given twice, taken back, and more than a state keeps."""

from signalling import events as ev
from signalling.generate.people import OBSERVER, SECOND, SPECIALIST, VILLAGE
from signalling.ids import AccountId
from signalling.state import GRANTS_KEPT
from signalling.vocabulary import AccessKind, AccessPurpose, CloseReason, GrantData, Ground

_AT = 1_790_000_400_000
_UNTIL = 1_890_000_000_000


def access() -> list[ev.Body]:
    """After an opening."""
    return [
        ev.GrantRevoked(key="g0", person=VILLAGE, at=_AT),  # never given
        _given("g0", SECOND.account, [GrantData.RECORD, GrantData.PICTURES]),
        ev.Closing(reason=CloseReason.HUNG_UP),
        ev.Closed(reason=CloseReason.HUNG_UP),
        _given("g1", None, [GrantData.RECORDING]),
        _given("g0", None, list(GrantData)),  # the same key: nothing
        _accessed(SECOND, Ground.GRANT, allowed=True, grant="g1", item="track-1"),
        ev.GrantRevoked(key="g1", person=VILLAGE, at=_AT + 2),
        ev.GrantRevoked(key="g1", person=SPECIALIST, at=_AT + 3),  # twice
        _given("g1", None, [GrantData.COPY]),  # and it does not come back
        _accessed(OBSERVER, Ground.NO_CONSENT, allowed=False),
        ev.ExportedHere(user="root", why="the court asks", kind=AccessKind.EXPORT, item="bundle", at=_AT + 4),
        *(_given(f"n{n}", None, [GrantData.RECORD]) for n in range(GRANTS_KEPT)),
    ]


def readings() -> list[ev.Body]:
    """After an opening: what was read of it when it was over."""
    return [
        ev.Closing(reason=CloseReason.HUNG_UP),
        ev.Closed(reason=CloseReason.HUNG_UP),
        _read(SECOND, AccessKind.RECORD, AccessPurpose.CARE),
        _read(OBSERVER, AccessKind.PICTURES, AccessPurpose.REVIEW),
        _read(OBSERVER, AccessKind.RECORD, AccessPurpose.ADMINISTRATION),
    ]


def _given(key: str, account: AccountId | None, data: list[GrantData]) -> ev.Granted:
    grant = ev.Grant(
        key=key,
        institution=SECOND.institution,
        site=SECOND.site,
        account=account,
        name=SECOND.name if account else "",
        data=data,
        until=_UNTIL,
    )
    return ev.Granted(grant=grant, giver=VILLAGE, at=_AT)


def _accessed(person: ev.Person, ground: Ground, *, allowed: bool, grant: str = "", item: str = "") -> ev.Accessed:
    return ev.Accessed(
        person=person,
        kind=AccessKind.REPLAY,
        purpose=AccessPurpose.CARE,
        allowed=allowed,
        ground=ground,
        at=_AT + 1,
        grant=grant,
        item=item,
    )


def _read(person: ev.Person, kind: AccessKind, purpose: AccessPurpose) -> ev.Accessed:
    """Allowed by what the table says."""
    return ev.Accessed(person=person, kind=kind, purpose=purpose, allowed=True, ground=Ground.TABLE, at=_AT + 5)
