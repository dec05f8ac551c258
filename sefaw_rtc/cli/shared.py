"""What the commands share: the options that most have, the configuration, the store, and how an error is said."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec
import typer

from sefaw_rtc.config import Config, Loaded, load
from sefaw_rtc.errors import SefawError
from sefaw_rtc.store import AccountRecord, Store
from signalling.ids import ConsultationId, ConsultationRef

T = TypeVar("T")

EXIT_ERROR: Final = 1
EXIT_CONFIG: Final = 2  # as typer's own for a wrong command line

PLAIN: Final[dict[str, Any]] = {"no_args_is_help": True, "pretty_exceptions_enable": False}

ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="TOML file; default: sefaw.toml in this directory, if it is there.")
]
Data = Annotated[str | None, typer.Option("--data", help="Data directory.")]


class WrongArgument(SefawError):  # noqa: N818 - named like errors.py's
    """An argument that cannot be followed; the message is one plain sentence."""


def load_config(file: Path | None, options: dict[str, Any]) -> Loaded:
    """The effective configuration. Raises ConfigError."""
    return load(file, os.environ, options)


def with_store(config: Config, work: Callable[[Store], T]) -> T:
    """Do `work` with the store of the data directory, then close it."""
    store = Store.open(config.data)
    try:
        return work(store)
    finally:
        store.close()


def account_of(store: Store, user: str) -> AccountRecord:
    """The account with this user name. Raises WrongArgument."""
    account = store.accounts.by_user(user)
    if account is None:
        raise WrongArgument("There is no account with this user name.")
    return account


def consultation_id(text: str) -> ConsultationId:
    """A consultation's id as it is typed. Raises WrongArgument."""
    try:
        return ConsultationId(msgspec.convert(text, ConsultationRef))
    except msgspec.ValidationError:
        raise WrongArgument("A consultation's id has 26 characters, a-z and 2-7.") from None
