"""Rounds of the transparency log: what was logged is signed, the partners' witnesses and the time stamp authority are
asked to vouch for it, and it is known since when they did not. Whoever does not answer is asked again in the next
round; the log goes on without."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recordings import ArchiveError
from recordings.tlog import Round, Stamper, Submission, TextInvalid, TlogDamaged, TransparencyLog, go_round
from recordings.tlog.partners import stamper_of, submission_of
from sefaw_rtc import logs
from sefaw_rtc.config import Config
from sefaw_rtc.errors import ConfigError
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.notary import Notary
from sefaw_rtc.service.outages import Outages

FIRST_S: Final = 2.0  # after the start: nobody knows yet who is there

log = logs.get("service")


@dataclass(frozen=True, slots=True)
class Partners:
    """Whoever is asked."""

    witnesses: Sequence[Submission] = ()
    stamper: Stamper | None = None

    def __bool__(self) -> bool:
        return bool(self.witnesses) or self.stamper is not None


def partners_of(config: Config) -> Partners:
    """As configured. Raises `ConfigError`."""
    settings = config.tlog
    try:
        witnesses = [submission_of(text) for text in settings.witnesses]
    except TextInvalid as error:
        raise ConfigError(f"tlog.witnesses: {error}.") from None
    if not settings.tsa_url:
        return Partners(witnesses)
    try:
        return Partners(witnesses, stamper_of(settings.tsa_url, Path(settings.tsa_roots).read_bytes()))
    except (TextInvalid, OSError) as error:
        raise ConfigError(f"tlog.tsa_url and tlog.tsa_roots: {error}.") from None


class Rounds:
    """One per server."""

    def __init__(
        self,
        notary: Notary,
        partners: Partners,
        every_s: float,
        *,
        outages: Outages,
        began_s: Callable[[], int] = unix_s,
        now_s: Callable[[], int] = unix_s,
    ) -> None:
        """`outages`: where it is kept when a witness was lacking. `began_s`: when the log began, which is how long
        nobody has vouched for it who never did."""
        self._outages = outages
        self._began_s = began_s
        self._notary = notary
        self._partners = partners
        self._every_s = every_s
        self._now_s = now_s
        self._last: Round | None = None
        self._asked = False  # whether the witnesses were asked what they know of this log
        self._failing: dict[str, int] = {}  # who did not vouch for it, and since when (Unix s); "" = the authority
        self.on_round: Callable[[Round], Awaitable[None]] | None = None

    @property
    def alone(self) -> bool:
        """Nobody is asked."""
        return not self._partners

    @property
    def unwitnessed_since(self) -> int | None:
        """Unix s; None: all witnesses vouch for what is signed, or there are none."""
        return min((since for name, since in self._failing.items() if name), default=None)

    @property
    def unstamped_since(self) -> int | None:
        """The same of the time stamp authority."""
        return self._failing.get("")

    @property
    def asked(self) -> bool:
        """Whether there was a round since the start."""
        return self._last is not None

    @property
    def witnesses(self) -> int:
        """How many are asked."""
        return len(self._partners.witnesses)

    @property
    def stamped(self) -> bool:
        """Whether a time stamp authority is asked."""
        return self._partners.stamper is not None

    @property
    def silent(self) -> list[str]:
        """The names of the witnesses that did not vouch for the last round, sorted."""
        return sorted(name for name in self._failing if name)

    @property
    def refused(self) -> bool:
        """Whether one of them answered, and did not sign."""
        return self._last is not None and bool(self._last.refused)

    async def run(self) -> None:
        """For ever."""
        await asyncio.sleep(min(FIRST_S, self._every_s))
        while True:
            await self.go()
            await asyncio.sleep(self._every_s)

    async def go(self) -> Round | None:
        """One round, if there is anything to say. What goes wrong is said, and nothing is raised."""
        transparency = self._notary.transparency
        if transparency is None or self._notary.stopped or not self._due(transparency):
            return None
        try:
            done = await asyncio.to_thread(self._go, transparency)
        except TlogDamaged as error:
            self._notary.stop(error)
            return None
        except ArchiveError as error:
            log.warning("no round of the transparency log", error=type(error).__name__)
            return None
        before = self.unwitnessed_since
        self._note(transparency, done)
        lacking = self.unwitnessed_since if before is None else before
        if lacking is not None:
            await self._keep(lacking)
        if self.on_round is not None:
            await self.on_round(done)
        return done

    async def _keep(self, since: int) -> None:
        """Until now, which the next round moves on; what the disk refuses, the next round writes too."""
        try:
            await asyncio.to_thread(self._outages.note, since, self._now_s())
        except ArchiveError as error:
            log.warning("an outage of a witness is not kept", error=type(error).__name__)

    async def unwitnessed_s(self, begin_s: int, end_s: int) -> int:
        """For how many seconds of a period (Unix s) one of the witnesses was lacking. Raises `StorageFailed`."""
        return await asyncio.to_thread(self._outages.seconds, begin_s, end_s, self.unwitnessed_since, self._now_s())

    def _due(self, transparency: TransparencyLog) -> bool:
        if self._last is None:
            return transparency.size > 0
        return transparency.size > self._last.size or not self._last.whole

    def _go(self, transparency: TransparencyLog) -> Round:
        """Off the loop."""
        if not self._asked:
            for one in self._partners.witnesses:
                one.require_one_history(transparency)
            self._asked = True
        return go_round(transparency, self._partners.witnesses, self._partners.stamper)

    def _note(self, transparency: TransparencyLog, done: Round) -> None:
        """Who vouches no longer, or again."""
        missing = dict(done.unwitnessed) | ({"": done.unstamped} if done.unstamped else {})
        first = self._last is None
        self._last = done
        for name in [name for name in self._failing if name not in missing]:
            del self._failing[name]
            log.info("the transparency log is vouched for again", audience="witness" if name else "authority")
        for name, why in missing.items():
            if name not in self._failing:
                self._failing[name] = self._since(transparency, name) if first else self._now_s()
                log.warning(
                    "the transparency log is not vouched for", audience="witness" if name else "authority", reason=why
                )

    def _since(self, transparency: TransparencyLog, name: str) -> int:
        """After a start nobody remembers: the last time that it vouched for this log."""
        keys = [one.witness for one in self._partners.witnesses if one.witness.name == name]
        try:
            last = transparency.witnessed_until(keys) if name else transparency.stamped_until
        except ArchiveError:
            last = None
        return last or self._began_s()
