"""The command line: `sefaw-rtc serve | check | backup | restore | user | token | timeline | verify-opinions |
recordings | config | version`. A few modules; each command parses, calls and prints, nothing else."""

import os
import sys
from importlib import metadata
from typing import NoReturn

import typer

from sefaw_rtc.cli import checking, keeping, opinions, recordings, reviews, saving, serving, timelines, tokens, users
from sefaw_rtc.cli.shared import EXIT_CONFIG, EXIT_ERROR, PLAIN, ConfigFile, Data, WrongArgument, load_config
from sefaw_rtc.config import shown
from sefaw_rtc.errors import ConfigError, SefawError, UserError

app = typer.Typer(help="Sefaw RTC: a real-time teleconsultation media server.", add_completion=False, **PLAIN)
config_app = typer.Typer(help="The configuration.", **PLAIN)
app.command()(serving.serve)
app.command()(checking.check)
app.command()(saving.backup)
app.command()(saving.restore)
app.command()(tokens.token)
app.command("timeline")(timelines.show)
app.command("verify-opinions")(opinions.verify)
app.command("review-sample")(reviews.draw)
app.add_typer(users.app, name="user")
recordings.app.command("hold")(keeping.hold)
recordings.app.command("erase")(keeping.erase)
app.add_typer(recordings.app, name="recordings")
app.add_typer(config_app, name="config")


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
def version() -> None:
    """Print the version."""
    print(f"sefaw-rtc {metadata.version('sefaw-rtc')}")


@config_app.command("show")
def config_show(config: ConfigFile = None, data: Data = None) -> None:
    """Print every effective value and where it came from; secrets stay hidden."""
    print(shown(load_config(config, {"server.data": data})), end="")


def _fail(sentence: str, code: int) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(code)
