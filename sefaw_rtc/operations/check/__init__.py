"""`sefaw-rtc check`: look at everything that calls depend on, and say it in words. Changes nothing on the machine."""

from collections.abc import Iterator

from sefaw_rtc.config import Config
from sefaw_rtc.operations.check import addresses, certificate, clock, codecs, data, machine, ports, s3, site_key, tlog
from sefaw_rtc.operations.check.finding import Finding, Level, worst

__all__ = ["Finding", "Level", "examine", "worst"]


def examine(config: Config, against: str = "") -> Iterator[Finding]:
    """Every check, one after the other. `against`: a URL whose clock is compared with this machine's."""
    yield from ports.examine(config)
    yield from addresses.examine(config)
    yield from certificate.examine(config)
    yield from clock.examine(against)
    yield from codecs.examine()
    yield from data.examine(config)
    yield from site_key.examine(config)
    yield from tlog.examine(config)
    yield from s3.examine(config)
    yield from machine.examine(config)
