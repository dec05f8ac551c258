"""`sefaw-rtc serve`."""

from pathlib import Path
from typing import Annotated

import typer

from sefaw_rtc import logs
from sefaw_rtc.cli.shared import ConfigFile, Data, load_config
from sefaw_rtc.command import importing
from sefaw_rtc.config import Config, is_loopback, parse_address
from sefaw_rtc.errors import ConfigError


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
    self_signed: Annotated[
        bool, typer.Option("--self-signed", help="TLS for a LAN, with a certificate that the server makes.")
    ] = False,
    tls_key: Annotated[str | None, typer.Option(metavar="FILE", help="PEM private key.")] = None,
) -> None:
    """Run the server until it is told to stop (SIGTERM, Ctrl-C)."""
    options = {
        "server.http": http,
        "server.media": media or None,
        "server.announce": announce or None,
        "server.data": data,
        "server.self_signed": self_signed or None,
        "server.tls_cert": tls_cert,
        "server.tls_key": tls_key,
    }
    effective = load_config(config, options).config
    if demo:
        _refuse_public_demo(effective)
    logs.configure(effective.logs.level, effective.logs.form)
    with importing():
        from sefaw_rtc.web.main import serve as run  # noqa: PLC0415 - others need neither aiohttp nor the plane

    run(effective, demo=demo, demo_consultations=demo_consultations, bot=not no_bot, ready_file=ready_file)


def _refuse_public_demo(config: Config) -> None:
    """The demo's passwords are printed in the documentation: nobody but this machine may reach it."""
    for key, text in (("--http", config.server.http), *(("--media", entry) for entry in config.server.media)):
        if not is_loopback(parse_address(text, key)[0]):
            raise ConfigError(
                f"{key} {text}: a demo server has passwords that everybody knows, so it listens on this machine only "
                "(127.0.0.1, ::1, localhost)."
            )
