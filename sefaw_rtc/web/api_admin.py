"""`/api/admin/…`: institutions, accounts, the rota. Administrators only; no patient is read or written through here.

Who changed what is logged with ids, never with names. Passwords are answered once and kept nowhere.
"""

import secrets
from typing import Annotated, Final

import msgspec
from aiohttp import web
from msgspec import Meta

from sefaw_rtc import logs
from sefaw_rtc.access.accounts import checked_name
from sefaw_rtc.errors import Conflict, NotFound, UserError
from sefaw_rtc.service import guard
from sefaw_rtc.service.clock import unix_ms, unix_s
from sefaw_rtc.service.services import Services
from sefaw_rtc.store import AccountRecord, ShiftId
from sefaw_rtc.store.administration import PAGE_MOST, AccountChange, NewAccount, Obstacle
from sefaw_rtc.web import bodies
from sefaw_rtc.web.callers import CALLER, SERVICES
from signalling.events import DepartmentName, Name
from signalling.ids import AccountId, AccountRef, InstitutionId, InstitutionRef
from signalling.vocabulary import ErrorCode, Role

_LISTED: Final = 50  # accounts of one page
_REPEATS_MOST: Final = 53  # a year of weeks
_WINDOW_MS_MOST: Final = 62 * 86_400_000  # two months of shifts at a time
# No letter or digit that is read as another one; 31^12 is 59 bits.
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"

_Id = Annotated[str, Meta(pattern=r"^[a-z2-7]{26}\Z")]
_Password = Annotated[str, Meta(min_length=8, max_length=256)]
_UnixMs = Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)]

log = logs.get("web")


class Named(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A name to give."""

    name: Name


class Field(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A department's name."""

    name: Annotated[DepartmentName, Meta(min_length=1)]


class AccountForm(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """How an account is to be."""

    name: Name
    role: Role
    institution: InstitutionRef
    department: _Id | None = None


class NewAccountForm(AccountForm, frozen=True, kw_only=True):
    """A new account. `password` None = make one."""

    user: Annotated[str, Meta(min_length=1, max_length=64)]
    password: _Password | None = None


class PasswordForm(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """`password` None = make one."""

    password: _Password | None = None


class DisabledForm(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    disabled: bool


class Times(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One shift, Unix ms."""

    starts_ms: _UnixMs
    ends_ms: _UnixMs


class ShiftForm(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Shifts of one specialist. Several at once: the same hours of some weeks, by the calendar of who plans them."""

    account: AccountRef
    times: Annotated[list[Times], Meta(min_length=1, max_length=_REPEATS_MOST)]


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """An account as it is listed."""

    id: AccountId
    user: str
    name: str
    role: Role
    institution: InstitutionId
    site: str
    department: str
    disabled: bool
    created_at: int


class AccountPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the list, and how many there are in all."""

    accounts: list[AccountRow]
    total: int


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """An account, and the password if one was made: told this once."""

    account: AccountRow
    password: str | None


# ---- institutions and departments ---------------------------------------------------------------------------------


async def institutions(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    return bodies.json(await services.store.run(services.store.administration.institutions))


async def add_institution(request: web.Request) -> web.Response:
    services, form = request.app[SERVICES], await _form(request, Named)
    made = await services.store.run(
        services.store.administration.add_institution, checked_name(form.name, "institution"), unix_s()
    )
    _note(request, "institution_added", made.id)
    return bodies.json(made, 201)


async def rename_institution(request: web.Request) -> web.Response:
    services, form, named = request.app[SERVICES], await _form(request, Named), InstitutionId(_named(request))
    await services.store.run(
        services.store.administration.rename_institution, named, checked_name(form.name, "institution")
    )
    await guard.look_at(services)
    _note(request, "institution_renamed", named)
    return web.Response(status=204)


async def add_department(request: web.Request) -> web.Response:
    services, form, named = request.app[SERVICES], await _form(request, Field), InstitutionId(_named(request))
    made = await services.store.run(
        services.store.administration.add_department, named, checked_name(form.name, "department")
    )
    _note(request, "department_added", made.id)
    return bodies.json(made, 201)


async def rename_department(request: web.Request) -> web.Response:
    services, form, named = request.app[SERVICES], await _form(request, Field), _named(request)
    await services.store.run(
        services.store.administration.rename_department, named, checked_name(form.name, "department")
    )
    await guard.look_at(services)
    _note(request, "department_renamed", named)
    return web.Response(status=204)


async def remove_department(request: web.Request) -> web.Response:
    services, named = request.app[SERVICES], _named(request)
    await services.store.run(services.store.administration.remove_department, named)
    _note(request, "department_removed", named)
    return web.Response(status=204)


# ---- accounts -----------------------------------------------------------------------------------------------------


async def accounts(request: web.Request) -> web.Response:
    """`?search=&role=&offset=&limit=`."""
    services, query = request.app[SERVICES], request.query
    role = Role(query["role"]) if query.get("role") in set(Role) else None
    offset, limit = _number(query.get("offset", "0")), _number(query.get("limit", str(_LISTED)))
    listed = max(1, min(limit, PAGE_MOST))
    found, total = await services.store.run(
        services.store.administration.accounts, query.get("search", "")[:80], role, offset, listed
    )
    return bodies.json(AccountPage(accounts=[_row(account) for account in found], total=total))


async def add_account(request: web.Request) -> web.Response:
    services, form = request.app[SERVICES], await _form(request, NewAccountForm)
    made, hashed = await _password(services, form.password)
    new = NewAccount(
        user=form.user,
        name=checked_name(form.name, "name"),
        role=form.role,
        institution=form.institution,
        department=form.department,
        password_hash=hashed,
    )
    account = await services.store.run(services.store.administration.add_account, new, unix_s())
    _note(request, "account_added", account.id)
    return bodies.json(Made(account=_row(account), password=made), 201)


async def change_account(request: web.Request) -> web.Response:
    services, form, named = request.app[SERVICES], await _form(request, AccountForm), AccountId(_named(request))
    if named == request[CALLER].signed_in().account.id and form.role is not Role.ADMINISTRATOR:
        raise Conflict(Obstacle.YOURSELF)
    to = AccountChange(
        name=checked_name(form.name, "name"), role=form.role, institution=form.institution, department=form.department
    )
    account = await services.store.run(services.store.administration.change_account, named, to, unix_ms())
    services.desk.account_changed(account.person)
    await guard.look_at(services, named)
    _note(request, "account_changed", named)
    return bodies.json(_row(account))


async def set_disabled(request: web.Request) -> web.Response:
    services, form, named = request.app[SERVICES], await _form(request, DisabledForm), AccountId(_named(request))
    if not form.disabled:
        await services.store.run(services.store.accounts.enable, named)
    elif named == request[CALLER].signed_in().account.id:
        raise Conflict(Obstacle.YOURSELF)
    else:
        await services.store.run(services.store.administration.disable_account, named, unix_s())
        await guard.look_at(services, named)
    _note(request, "account_disabled" if form.disabled else "account_enabled", named)
    return web.Response(status=204)


async def new_password(request: web.Request) -> web.Response:
    """A new password: every session of the account ends."""
    services, form, named = request.app[SERVICES], await _form(request, PasswordForm), AccountId(_named(request))
    account = await services.store.run(services.store.accounts.get, named)
    if account is None:
        raise NotFound("account")
    made, hashed = await _password(services, form.password)
    await services.store.run(services.store.accounts.set_password, named, hashed)
    await guard.look_at(services, named)
    _note(request, "password_set", named)
    return bodies.json(Made(account=_row(account), password=made))


# ---- the rota -----------------------------------------------------------------------------------------------------


async def shifts(request: web.Request) -> web.Response:
    """`?from=&until=`, Unix ms: every shift that touches this time."""
    services, query = request.app[SERVICES], request.query
    begin, end = _number(query.get("from", "")), _number(query.get("until", ""))
    if not 0 < end - begin <= _WINDOW_MS_MOST:
        raise UserError(ErrorCode.MALFORMED, "from and until, at most two months")
    return bodies.json(await services.store.run(services.store.shifts.list, begin, end))


async def add_shifts(request: web.Request) -> web.Response:
    services, form = request.app[SERVICES], await _form(request, ShiftForm)
    times = [(each.starts_ms, each.ends_ms) for each in form.times]
    made = await services.store.run(services.store.shifts.add_all, form.account, times)
    _note(request, "shifts_added", form.account, len(made))
    return bodies.json(made, 201)


async def remove_shift(request: web.Request) -> web.Response:
    services, named = request.app[SERVICES], _named(request)
    await services.store.run(services.store.shifts.remove, ShiftId(named))
    _note(request, "shift_removed", named)
    return web.Response(status=204)


# ---- parts --------------------------------------------------------------------------------------------------------


def _note(request: web.Request, action: str, changed: str, count: int = 1) -> None:
    """Who (`account`) changed what (`resource`); the lobby looks at its departments and its rota again."""
    request.app[SERVICES].desk.rota.changed()
    account = request[CALLER].signed_in().account.id
    log.info("administration", account=account, action=action, resource=changed, count=count)


async def _form(request: web.Request, kind: type[bodies.T]) -> bodies.T:
    return await bodies.read_json(request, kind, request.app[SERVICES].config.limits.body_bytes)


def _named(request: web.Request) -> str:
    """The id in the path."""
    try:
        return msgspec.convert(request.match_info["id"], _Id)
    except msgspec.ValidationError:
        raise NotFound("no such id") from None


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise UserError(ErrorCode.MALFORMED, "a number is expected")
    return int(text)


async def _password(services: Services, typed: str | None) -> tuple[str | None, str]:
    """The password that was made, if one was, and the hash."""
    made = None if typed is not None else generated_password()
    return made, await services.sign_ins.hashed(typed if typed is not None else str(made))


def generated_password() -> str:
    """Easy to read out over the telephone: three groups of four."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))


def _row(account: AccountRecord) -> AccountRow:
    person = account.person
    return AccountRow(
        id=account.id,
        user=account.user,
        name=person.name,
        role=person.role,
        institution=person.institution,
        site=person.site,
        department=person.department,
        disabled=account.disabled,
        created_at=account.created_s * 1000,
    )
