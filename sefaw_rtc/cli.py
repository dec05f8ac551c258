"""The command line: `sefaw-rtc serve | user | token | config | version`. Parses, calls, prints; nothing else.

Passwords come from a prompt or standard input, never from an argument (arguments are everybody's to see).
"""

import os
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn, TypeVar

import msgspec
import typer

from sefaw_rtc import logs
from sefaw_rtc.access.accounts import create_account
from sefaw_rtc.access.keys import token_key
from sefaw_rtc.access.passwords import Passwords
from sefaw_rtc.access.subject import Audience
from sefaw_rtc.access.tokens import Tokens
from sefaw_rtc.config import Config, Loaded, is_loopback, load, parse_address, shown
from sefaw_rtc.errors import ConfigError, Conflict, SefawError, UserError
from sefaw_rtc.store import AccountRecord, Store
from signalling.ids import ConsultationId, ConsultationRef
from signalling.vocabulary import Role

T = TypeVar("T")

EXIT_ERROR: Final = 1
EXIT_CONFIG: Final = 2  # as typer's own for a wrong command line

_plain: Final[dict[str, Any]] = {"no_args_is_help": True, "pretty_exceptions_enable": False}
app = typer.Typer(help="Sefaw RTC: a real-time teleconsultation media server.", add_completion=False, **_plain)
users = typer.Typer(help="Accounts.", **_plain)
config_app = typer.Typer(help="The configuration.", **_plain)
app.add_typer(users, name="user")
app.add_typer(config_app, name="config")

ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="TOML file; default: sefaw.toml in this directory, if it is there.")
]
Data = Annotated[str | None, typer.Option("--data", help="Data directory.")]


class WrongArgument(SefawError):  # noqa: N818 - named like errors.py's
    """An argument that cannot be followed; the message is one plain sentence."""


def main() -> NoReturn:
    """The entry point: our own errors are one sentence on standard error, not a traceback."""
    os.umask(0o077)  # whatever is written here holds patients or keys: nobody else's to read
    try:
        app()
    except (ConfigError, WrongArgument) as error:
        _fail(str(error), EXIT_CONFIG)
    except UserError as error:
        _fail(error.detail or str(error), EXIT_ERROR)
    except SefawError as error:
        _fail(str(error), EXIT_ERROR)
    sys.exit(0)


@app.command()
def serve(  # noqa: PLR0913, PLR0917 - one parameter per flag
    config: ConfigFile = None,
    demo: Annotated[bool, typer.Option("--demo", help="Demo accounts, patients and an open consultation.")] = False,
    demo_consultations: Annotated[int, typer.Option(min=1, max=1000, help="How many demo consultations.")] = 1,
    no_bot: Annotated[bool, typer.Option("--no-bot", help="No demo specialist that answers by itself.")] = False,
    http: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Pages and wire.")] = None,
    media: Annotated[list[str] | None, typer.Option(metavar="HOST:PORT", help="Media; again for IPv6.")] = None,
    announce: Annotated[list[str] | None, typer.Option(metavar="HOST[:PORT]", help="Media address told.")] = None,
    data: Data = None,
    ready_file: Annotated[Path | None, typer.Option(help="Written when calls can be taken.")] = None,
    tls_cert: Annotated[str | None, typer.Option(metavar="FILE", help="PEM certificate chain.")] = None,
    tls_key: Annotated[str | None, typer.Option(metavar="FILE", help="PEM private key.")] = None,
) -> None:
    """Run the server until it is told to stop (SIGTERM, Ctrl-C)."""
    options = {
        "server.http": http,
        "server.media": media or None,
        "server.announce": announce or None,
        "server.data": data,
        "server.tls_cert": tls_cert,
        "server.tls_key": tls_key,
    }
    effective = _load(config, options).config
    if demo:
        _refuse_public_demo(effective)
    logs.configure(effective.logs.level, effective.logs.form)
    from sefaw_rtc.web.main import serve as run  # noqa: PLC0415 - the other commands need neither aiohttp nor the plane

    run(effective, demo=demo, demo_consultations=demo_consultations, bot=not no_bot, ready_file=ready_file)


@app.command()
def token(
    user: Annotated[str, typer.Argument(help="Whose token: a user name.")],
    consultation: Annotated[str, typer.Argument(help="The consultation's id.")],
    kind: Annotated[Audience, typer.Option(help="whip publishes and watches, whep watches.")] = Audience.WHIP,
    hours: Annotated[int | None, typer.Option(min=1, max=24, help="How long it is good for.")] = None,
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Print a Bearer token for an encoder (WHIP) or a player (WHEP)."""
    if kind not in {Audience.WHIP, Audience.WHEP}:
        raise WrongArgument("--kind is whip or whep; join and resume tokens are given out by the server alone.")
    effective = _load(config, {"server.data": data}).config
    wanted = _consultation(consultation)

    def issue(store: Store) -> str:
        account = _account(store, user)
        if account.disabled:
            raise WrongArgument(f"The account {account.user} is disabled.")
        if store.consultations.get(wanted) is None:
            raise WrongArgument("There is no such consultation.")
        return Tokens(token_key(effective.access, effective.data)).issue(
            kind,
            account=account.id,
            consultation=wanted,
            role=account.person.role,
            now=int(time.time()),
            lifetime_s=hours * 3600 if hours else effective.access.media_token_s,
        )

    print(_with_store(effective, issue))


@app.command()
def version() -> None:
    """Print the version."""
    print(f"sefaw-rtc {metadata.version('sefaw-rtc')}")


@config_app.command("show")
def config_show(config: ConfigFile = None, data: Data = None) -> None:
    """Print every effective value and where it came from; secrets stay hidden."""
    print(shown(_load(config, {"server.data": data})), end="")


@users.command("add")
def user_add(
    user: Annotated[str, typer.Argument(help="The name to sign in with.")],
    role: Annotated[Role, typer.Option(help="What the account may do.")],
    institution: Annotated[str, typer.Option(help="Name of the hospital or clinic; made if new.")],
    name: Annotated[str, typer.Option(help="The person's name as others see it.")],
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read it from standard input.")] = False,
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Add an account."""
    effective = _load(config, {"server.data": data}).config
    password = _password(password_stdin)

    def add(store: Store) -> str:
        try:
            added = create_account(
                store,
                _passwords(effective),
                user=user,
                name=name,
                role=role,
                institution=institution,
                password=password,
                now=int(time.time()),
            )
        except Conflict:
            raise WrongArgument(f"There is an account {user} already.") from None
        return f"Added {added.user} ({added.person.role}, {added.person.site})."

    print(_with_store(effective, add))


@users.command("list")
def user_list(config: ConfigFile = None, data: Data = None) -> None:
    """List the accounts: user, role, institution, name, disabled or not."""
    effective = _load(config, {"server.data": data}).config
    for account in _with_store(effective, lambda store: store.accounts.all()):
        state = "disabled" if account.disabled else "active"
        person = account.person
        print(f"{account.user}\t{person.role}\t{person.site}\t{person.name}\t{state}")


@users.command("disable")
def user_disable(
    user: str,
    undo: Annotated[bool, typer.Option("--undo", help="Let the account sign in again.")] = False,
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Disable an account: its sessions end, and so do its live connections within seconds."""
    effective = _load(config, {"server.data": data}).config

    def change(store: Store) -> str:
        account = _account(store, user)
        if undo:
            store.accounts.enable(account.id)
            return f"{account.user} may sign in again."
        store.accounts.disable(account.id, int(time.time()))
        return f"{account.user} is disabled."

    print(_with_store(effective, change))


@users.command("passwd")
def user_passwd(
    user: str,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read it from standard input.")] = False,
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Set a new password. Every session of the account ends."""
    effective = _load(config, {"server.data": data}).config
    password = _password(password_stdin)

    def change(store: Store) -> str:
        account = _account(store, user)
        store.accounts.set_password(account.id, _passwords(effective).hash(password))
        return f"{account.user} has a new password; its sessions ended."

    print(_with_store(effective, change))


def _load(file: Path | None, options: dict[str, Any]) -> Loaded:
    return load(file, os.environ, options)


def _refuse_public_demo(config: Config) -> None:
    """The demo's passwords are printed in the documentation: nobody but this machine may reach it."""
    for key, text in (("--http", config.server.http), *(("--media", entry) for entry in config.server.media)):
        if not is_loopback(parse_address(text, key)[0]):
            raise ConfigError(
                f"{key} {text}: a demo server has passwords that everybody knows, so it listens on this machine only "
                "(127.0.0.1, ::1, localhost)."
            )


def _with_store(config: Config, work: Callable[[Store], T]) -> T:
    store = Store.open(config.data)
    try:
        return work(store)
    finally:
        store.close()


def _account(store: Store, user: str) -> AccountRecord:
    account = store.accounts.by_user(user)
    if account is None:
        raise WrongArgument("There is no account with this user name.")
    return account


def _consultation(text: str) -> ConsultationId:
    try:
        return ConsultationId(msgspec.convert(text, ConsultationRef))
    except msgspec.ValidationError:
        raise WrongArgument("A consultation's id has 26 characters, a-z and 2-7.") from None


def _passwords(config: Config) -> Passwords:
    return Passwords(memory_kib=config.access.argon2_memory_kib, passes=config.access.argon2_passes)


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    entered: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return entered


def _fail(sentence: str, code: int) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(code)
