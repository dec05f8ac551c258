"""Making accounts: what the command line and the demo data share."""

import msgspec

from sefaw_rtc.access.passwords import Passwords
from sefaw_rtc.errors import UserError
from sefaw_rtc.store import AccountRecord, Store
from signalling.events import Name
from signalling.vocabulary import ErrorCode, Role


def create_account(
    store: Store,
    passwords: Passwords,
    *,
    user: str,
    name: str,
    role: Role,
    institution: str,
    password: str,
    now: int,
) -> AccountRecord:
    """A new account, and its institution by name if that is new. Sync: a hash and a few writes. Raises `Conflict` if
    the user name is taken, `UserError(MALFORMED)` for names and passwords that are not allowed."""
    site = store.institutions.ensure(checked_name(institution, "institution"), now)
    return store.accounts.add(
        user=user,
        name=checked_name(name, "name"),
        role=role,
        institution=site.id,
        password_hash=passwords.hash(password),
        now_s=now,
    )


def checked_name(text: str, what: str) -> str:
    """The name of a person, a house or a department, without spaces around it. Raises `UserError(MALFORMED)`."""
    try:
        return msgspec.convert(text.strip(), Name)
    except msgspec.ValidationError:
        raise UserError(ErrorCode.MALFORMED, f"{what}: 1 to 80 characters") from None
