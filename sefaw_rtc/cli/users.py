"""`sefaw-rtc user add | list | department | disable | passwd`. Passwords come from a prompt or standard input, never
from an argument (arguments are everybody's to see)."""

import sys
import time
from typing import Annotated

import typer

from sefaw_rtc.access.accounts import checked_name, create_account
from sefaw_rtc.access.passwords import Passwords
from sefaw_rtc.cli.shared import PLAIN, ConfigFile, Data, WrongArgument, account_of, load_config, with_store
from sefaw_rtc.config import Config
from sefaw_rtc.errors import Conflict
from sefaw_rtc.store import Store
from signalling.vocabulary import Role

app = typer.Typer(help="Accounts.", **PLAIN)


@app.command("add")
def user_add(
    user: Annotated[str, typer.Argument(help="The name to sign in with.")],
    role: Annotated[Role, typer.Option(help="What the account may do.")],
    institution: Annotated[str, typer.Option(help="Name of the hospital or clinic; made if new.")],
    name: Annotated[str, typer.Option(help="The person's name as others see it.")],
    department: Annotated[str, typer.Option(help="A specialist's field; made if new.")] = "",
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read it from standard input.")] = False,
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Add an account."""
    effective = load_config(config, {"server.data": data}).config
    password = _password(password_stdin)
    field = checked_name(department, "department") if department else ""

    def add(store: Store) -> str:
        try:
            added = create_account(
                store,
                passwords_of(effective),
                user=user,
                name=name,
                role=role,
                institution=institution,
                password=password,
                now=int(time.time()),
            )
        except Conflict:
            raise WrongArgument(f"There is an account {user} already.") from None
        store.departments.assign(added.id, field)
        place = ", ".join(filter(None, (added.person.site, field)))
        return f"Added {added.user} ({added.person.role}, {place})."

    print(with_store(effective, add))


@app.command("list")
def user_list(config: ConfigFile = None, data: Data = None) -> None:
    """List the accounts: user, role, institution, department (- = none), name, disabled or not."""
    effective = load_config(config, {"server.data": data}).config
    for account in with_store(effective, lambda store: store.accounts.all()):
        state = "disabled" if account.disabled else "active"
        person = account.person
        print(f"{account.user}\t{person.role}\t{person.site}\t{person.department or '-'}\t{person.name}\t{state}")


@app.command("department")
def user_department(
    user: str,
    department: Annotated[str, typer.Argument(help="The field; made if new. Left out: none.")] = "",
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Put an account into a department of its institution."""
    effective = load_config(config, {"server.data": data}).config

    def change(store: Store) -> str:
        account = account_of(store, user)
        store.departments.assign(account.id, checked_name(department, "department") if department else "")
        return f"{account.user} is in {department}." if department else f"{account.user} is in no department."

    print(with_store(effective, change))


@app.command("disable")
def user_disable(
    user: str,
    undo: Annotated[bool, typer.Option("--undo", help="Let the account sign in again.")] = False,
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Disable an account: its sessions end, and so do its live connections within seconds."""
    effective = load_config(config, {"server.data": data}).config

    def change(store: Store) -> str:
        account = account_of(store, user)
        if undo:
            store.accounts.enable(account.id)
            return f"{account.user} may sign in again."
        store.accounts.disable(account.id, int(time.time()))
        return f"{account.user} is disabled."

    print(with_store(effective, change))


@app.command("passwd")
def user_passwd(
    user: str,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read it from standard input.")] = False,
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Set a new password. Every session of the account ends."""
    effective = load_config(config, {"server.data": data}).config
    password = _password(password_stdin)

    def change(store: Store) -> str:
        account = account_of(store, user)
        store.accounts.set_password(account.id, passwords_of(effective).hash(password))
        return f"{account.user} has a new password; its sessions ended."

    print(with_store(effective, change))


def passwords_of(config: Config) -> Passwords:
    """How passwords are hashed here."""
    return Passwords(memory_kib=config.access.argon2_memory_kib, passes=config.access.argon2_passes)


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    entered: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return entered
