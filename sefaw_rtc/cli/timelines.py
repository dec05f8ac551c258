"""`sefaw-rtc timeline`: a consultation's course, from its log; the server may run or not."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from recordings import ArchiveError, ConsultationLog, read_consultation
from recordings.timeline import Language, Timeline, lines, page, timeline
from sefaw_rtc.cli.shared import ConfigFile, Data, WrongArgument, consultation_id, load_config
from sefaw_rtc.config import Config
from sefaw_rtc.keyring import keyring_of
from sefaw_rtc.service.log_keeper import CLOSED, LIVE, SUFFIX
from signalling.ids import ConsultationId


def show(
    consultation: Annotated[str, typer.Argument(help="The consultation's id.")],
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write one file that any browser opens.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the data instead of words.")] = False,
    lang: Annotated[Language, typer.Option(help="The language of words and file.")] = Language.EN,
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Print what happened in a consultation and when, without anybody's name."""
    effective = load_config(config, {"server.data": data}).config
    log = consultation_log(effective, consultation_id(consultation))
    found = timeline(log.header, log.events)
    if html is not None:
        html.write_text(page(found, lang), "utf-8")
        print(f"Wrote {html}.")
    else:
        print(_data(found) if json else "\n".join(lines(found, lang)))


def consultation_log(config: Config, consultation: ConsultationId) -> ConsultationLog:
    """The log of a consultation that goes on or is over. Raises `WrongArgument`."""
    for folder in (LIVE, CLOSED):
        path = config.data / "consultations" / folder / f"{consultation}{SUFFIX}"
        if path.exists():
            try:
                return read_consultation(path, keyring_of(config))
            except ArchiveError as error:
                raise WrongArgument(f"The log {path} cannot be read: {error}.") from None
    raise WrongArgument("There is no log of this consultation in the data directory.")


def _data(found: Timeline) -> str:
    return msgspec.json.format(msgspec.json.encode(found), indent=1).decode()
