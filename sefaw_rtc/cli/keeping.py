"""`sefaw-rtc recordings hold | erase`: a legal hold, and erasing by two people. Each proves who they are by their
password, from a prompt or standard input: whoever has the terminal is not two people."""

import sys
import time
from typing import Annotated, Final

import typer

from recordings import ArchiveError
from recordings.keeping.ledger import Entry, Ledgers, Refusal, Refused, Step
from sefaw_rtc.cli.shared import ConfigFile, Data, WrongArgument, account_of, consultation_id, load_config
from sefaw_rtc.cli.users import passwords_of
from sefaw_rtc.config import Config
from sefaw_rtc.keyring import server_keyring
from sefaw_rtc.operations.data_lock import is_locked
from sefaw_rtc.service.erasing import Eraser
from sefaw_rtc.service.index_sealing import IndexSealing
from sefaw_rtc.service.log_keeper import LIVE, SUFFIX
from sefaw_rtc.service.picture_house import open_folder, shelf_beside
from sefaw_rtc.store import Store
from signalling.events import Person
from signalling.ids import ConsultationId
from signalling.vocabulary import Role

One = Annotated[str, typer.Argument(help="The consultation's id.")]
By = Annotated[str, typer.Option(help="The user name of whoever decides: an administrator or a reviewer.")]
Why = Annotated[str, typer.Option(help="The reason. It stays for good; name no patient.")]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]

_WORDS: Final = {
    Refusal.HELD: "It is under a legal hold; lift that first.",
    Refusal.NOT_HELD: "It is under no hold.",
    Refusal.NOT_ASKED: "Nobody has asked for its erasure; somebody else must do that first.",
    Refusal.ASKED_ALREADY: "Its erasure was asked for already; somebody else confirms it with --confirm.",
    Refusal.SAME_PERSON: "Whoever asked for it cannot confirm it: a second person must.",
    Refusal.ERASED: "Its erasure is decided already.",
}


def hold(
    consultation: One,
    by: By,
    why: Why,
    lift: Annotated[bool, typer.Option("--lift", help="End the hold.")] = False,
    password_stdin: PasswordStdin = False,
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Put a legal hold on a consultation, or lift it: what is held is never erased, and does not run out of time."""
    effective = load_config(config, {"server.data": data}).config
    _decide(effective, consultation, Step.LIFTED if lift else Step.HELD, by, why, password_stdin)
    print("The hold is lifted." if lift else "It is held.")


def erase(
    consultation: One,
    by: By,
    why: Why,
    confirm: Annotated[bool, typer.Option("--confirm", help="Confirm what somebody else asked for.")] = False,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take the request back.")] = False,
    password_stdin: PasswordStdin = False,
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Ask for a consultation's erasure; with --confirm, as a second person, have it done. There is no way back."""
    effective = load_config(config, {"server.data": data}).config
    step = Step.CONFIRMED if confirm else Step.WITHDRAWN if withdraw else Step.ASKED
    one = _decide(effective, consultation, step, by, why, password_stdin)
    if step is not Step.CONFIRMED:
        print("The request is withdrawn." if withdraw else "Asked for. A second person confirms it with --confirm.")
    elif is_locked(effective.data):
        print("Confirmed. The running server erases it within a minute.")
    else:
        print(f"Erased: {', '.join(_erase(effective, one))}.")


def _decide(config: Config, consultation: str, step: Step, by: str, why: str, from_stdin: bool) -> ConsultationId:
    one = consultation_id(consultation)
    live = config.data / "consultations" / LIVE / f"{one}{SUFFIX}"
    if live.exists() and step not in {Step.HELD, Step.LIFTED}:
        raise WrongArgument("It goes on, or was never closed; end it first.")
    person = _person(config, by, from_stdin)
    try:
        entry = Entry(
            step=step, t_unix_ms=time.time_ns() // 1_000_000, account=person.account, name=person.name, why=_reason(why)
        )
        Ledgers(config.data).add(one, entry)
    except Refused as refused:
        raise WrongArgument(_WORDS[refused.refusal]) from None
    except ArchiveError as error:
        raise WrongArgument(f"It cannot be written down: {error}.") from None
    return one


def _reason(why: str) -> str:
    if not 0 < len(why.strip()) <= 500:
        raise WrongArgument("Say why, in at most 500 characters.")
    return why.strip()


def _person(config: Config, user: str, from_stdin: bool) -> Person:
    store = Store.open(config.data)
    try:
        account = account_of(store, user)
        password = (
            sys.stdin.readline().rstrip("\r\n") if from_stdin else typer.prompt(f"{user}, password", hide_input=True)
        )
        right = passwords_of(config).matches(account.password_hash, password)
        if not right or account.disabled or account.person.role not in {Role.ADMINISTRATOR, Role.REVIEWER}:
            raise WrongArgument("Only an administrator or a reviewer may, with their own password.")
        return account.person
    finally:
        store.close()


def _erase(config: Config, consultation: ConsultationId) -> tuple[str, ...]:
    """Without the server."""
    keyring = server_keyring(config)
    store, folder = Store.open(config.data, IndexSealing(keyring)), open_folder(config, keyring)
    try:
        shelf = shelf_beside(config, keyring)
        what = Eraser(keyring, shelf, folder, store).erase(consultation)
        entry = Entry(step=Step.ERASED, t_unix_ms=time.time_ns() // 1_000_000, what=what)
        Ledgers(config.data).add(consultation, entry)
    except ArchiveError as error:
        raise WrongArgument(f"Not all of it could be erased: {error}. The next start of the server goes on.") from None
    finally:
        folder.close()
        store.close()
    return what
