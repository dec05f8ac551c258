"""`sefaw-rtc` as a process. What is imported stays: the garbage collector, which would look through all of it again and
again meanwhile, waits. That is a sixth of a server's start."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


@contextmanager
def importing() -> Iterator[None]:
    """Around imports of many modules."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def main() -> NoReturn:
    """The entry point."""
    with importing():
        from sefaw_rtc import cli  # noqa: PLC0415 - here the collector waits

        gc.freeze()
    cli.main()
