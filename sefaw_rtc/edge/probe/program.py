"""The command line of `sefaw-probe`. docs/probe.md says how to set it up on a small box."""

import argparse
import asyncio
import contextlib
import functools
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Final

import av

from sefaw_rtc.edge.probe.capture import Capture
from sefaw_rtc.edge.probe.encoder import ENCODERS, Encoder, EncoderError, Wish, even, make_encoder
from sefaw_rtc.edge.probe.publisher import Destination, Publisher
from sefaw_rtc.edge.probe.sources import SourceError, open_source

TOKEN_ENV: Final = "SEFAW_PROBE_TOKEN"  # noqa: S105  # the name of the variable
BITRATE_KBPS: Final = 1_600  # abdominal ultrasound at VGA; 600 is the floor
RATE: Final = 30.0

log = logging.getLogger("sefaw.probe")


def main() -> None:
    """Entry point; ends on SIGTERM or Ctrl-C."""
    arguments = _arguments()
    _token(arguments)  # none at all is said at once
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("aiortc").setLevel(logging.WARNING)
    logging.getLogger("aioice").setLevel(logging.WARNING)
    try:
        with asyncio.Runner() as runner:
            task = runner.get_loop().create_task(publish(arguments))
            runner.get_loop().add_signal_handler(signal.SIGTERM, task.cancel)
            with contextlib.suppress(asyncio.CancelledError, KeyboardInterrupt):
                runner.get_loop().run_until_complete(task)
    except (SourceError, EncoderError, OSError) as error:
        sys.exit(f"sefaw-probe: {error}")


async def publish(arguments: argparse.Namespace) -> None:
    """For ever. Raises EncoderError, SourceError for what will never be right: no encoder, no such file."""
    size, rate = arguments.size, arguments.rate
    make = functools.partial(_encoder_for, arguments)
    await asyncio.to_thread(make_encoder, Wish(640, 480, rate or RATE, arguments.bitrate * 1000), arguments.encoder)
    capture = Capture(functools.partial(open_source, arguments.source, size, rate))
    to = Destination(arguments.to, functools.partial(_token, arguments), arguments.freeze)
    try:
        await Publisher(to, capture, make).work()
    finally:
        capture.close()


def _encoder_for(arguments: argparse.Namespace, frame: av.VideoFrame) -> Encoder:
    width, height = even(frame.width, frame.height, arguments.size)
    wish = Wish(width, height, arguments.rate or RATE, arguments.bitrate * 1000)
    encoder = make_encoder(wish, arguments.encoder)
    log.info("%d×%d sent as %d×%d by %s", frame.width, frame.height, width, height, encoder.name)
    return encoder


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sefaw-probe", description="Publish the probe's picture by WHIP, for ever.")
    orders = parser.add_subparsers(dest="order", required=True)
    publish = orders.add_parser("publish", help="send a picture to a consultation")
    publish.add_argument("--source", required=True, help="/dev/video0, rtsp://…, file.mp4, dicom:FILE or pattern")
    publish.add_argument("--to", required=True, metavar="WHIP_URL", help="the consultation's WHIP address")
    publish.add_argument(
        "--token", help=f"its Bearer token; better in {TOKEN_ENV} or --token-file: arguments are public"
    )
    publish.add_argument("--token-file", type=Path, help="a file that holds the token")
    publish.add_argument("--size", type=_size, help="at most WIDTHxHEIGHT; a device is asked for it")
    publish.add_argument("--rate", type=float, help="frames a second that a device is asked for")
    publish.add_argument("--bitrate", type=int, default=BITRATE_KBPS, help=f"kbit/s (default {BITRATE_KBPS})")
    publish.add_argument("--encoder", choices=list(ENCODERS), help="this one only; default: the first that works")
    publish.add_argument("--freeze", action="store_true", help="answer freezes with the raw frame, at full quality")
    return parser.parse_args()


def _token(arguments: argparse.Namespace) -> str:
    if arguments.token_file is not None:
        return str(arguments.token_file.read_text("utf-8")).strip()
    token = arguments.token or os.environ.get(TOKEN_ENV, "")
    if not token:
        sys.exit(f"sefaw-probe: no token: --token-file, or {TOKEN_ENV} in the environment")
    return str(token)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        raise argparse.ArgumentTypeError("WIDTHxHEIGHT, e.g. 1280x720")
    return int(width), int(height)
