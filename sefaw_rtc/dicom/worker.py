"""`python -m sefaw_rtc.dicom.worker BYTES`: decodes what comes on standard input, one job after the other, with at most
so much memory. A codec that crashes or hangs takes this process with it and nothing else.

Each message is its length (4 bytes, big-endian) and MessagePack of `jobs.py`.
"""

import contextlib
import logging
import os
import resource
import sys
from typing import BinaryIO

import msgspec

from sefaw_rtc.dicom.decoding import carry_out
from sefaw_rtc.dicom.jobs import Answer, Job


def main() -> None:
    """Until standard input ends."""
    limit = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    logging.disable(logging.CRITICAL)  # codecs' remarks name what they decode
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up between the answers
    decoder, encoder = msgspec.msgpack.Decoder(Job), msgspec.msgpack.Encoder()
    while (message := _read(source)) is not None:
        _write(sink, encoder.encode(_answer(decoder, message)))


def _answer(decoder: "msgspec.msgpack.Decoder[Job]", message: bytes) -> Answer:
    try:
        return Answer(data=carry_out(decoder.decode(message)))
    except Exception as error:  # noqa: BLE001 - a codec may raise anything; the answer says so
        return Answer(fault=type(error).__name__)


def _read(source: BinaryIO) -> bytes | None:
    head = source.read(4)
    if len(head) < 4:
        return None
    return source.read(int.from_bytes(head, "big"))


def _write(sink: BinaryIO, message: bytes) -> None:
    sink.write(len(message).to_bytes(4, "big"))
    sink.write(message)
    sink.flush()


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        main()
