"""Grants and the access log: who else may see a consultation, and who looked. While it lives and after it closed.

Who may give, take back or look is `decide()`'s; here is what a log can hold. Nothing is ever taken out of it: a grant
that was taken back stays, with when and by whom, and its key opens nothing again.
"""

from typing import Final

from sefaw_rtc.consultation.log import Log
from sefaw_rtc.consultation.refused import Refused
from signalling import events as ev
from signalling.vocabulary import ErrorCode

GRANTS_MOST: Final = 50  # that hold at a time: more than anybody keeps an eye on
LONGEST_MS: Final = 10 * 366 * 24 * 3_600_000  # a grant of "for ever" is one that nobody remembers


class Accesses:
    """`now` in session µs, `at` in Unix ms of the same moment."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def handle_grant(self, now: int, giver: ev.Person, grant: ev.Grant, *, at: int) -> None:
        """Open it to somebody; the same once more is once. Refused: malformed, conflict, too_many."""
        known = next((one for one in self._log.state.grants if one.grant.key == grant.key), None)
        if known is not None:
            if known.grant != grant or known.revoked_at:
                raise Refused(ErrorCode.CONFLICT, "the key of another grant")
            return
        if grant.account == giver.account:
            raise Refused(ErrorCode.MALFORMED, "a grant to oneself")
        if not at < grant.until <= at + LONGEST_MS:
            raise Refused(ErrorCode.MALFORMED, "over already, or too long")
        if sum(not one.revoked_at and one.grant.until > at for one in self._log.state.grants) >= GRANTS_MOST:
            raise Refused(ErrorCode.TOO_MANY, "grants")
        body = ev.Granted(grant=grant, giver=giver, at=at)
        self._log.write(now, body, self._log.number_of(giver.account))

    def handle_revoke(self, now: int, person: ev.Person, key: str, *, at: int) -> None:
        """Take it back; twice is once. Refused: not_found."""
        known = next((one for one in self._log.state.grants if one.grant.key == key), None)
        if known is None:
            raise Refused(ErrorCode.NOT_FOUND, "no such grant")
        if not known.revoked_at:
            body = ev.GrantRevoked(key=key, person=person, at=at)
            self._log.write(now, body, self._log.number_of(person.account))

    def handle_access(self, now: int, access: ev.Accessed) -> None:
        """Somebody opened what is kept, or was refused. Never refused."""
        self._log.write(now, access, self._log.number_of(access.person.account))

    def handle_export_here(self, now: int, export: ev.ExportedHere) -> None:
        """Whoever runs the machine takes a copy. Never refused."""
        self._log.write(now, export, 0)
