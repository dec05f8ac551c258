"""What makes the archive provable, composed: the notary and its log, rounds with partners, proofs beside the seals,
leaves for segments, and the search for what is not logged."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from typing import Any

from recordings import ArchiveError
from recordings.seal import sealed_manifest
from recordings.tlog import LeafKind
from sefaw_rtc import logs
from sefaw_rtc.config import Config
from sefaw_rtc.service.clock import unix_ms
from sefaw_rtc.service.log_keeper import LogKeeper
from sefaw_rtc.service.notary import Notary
from sefaw_rtc.service.outages import Outages
from sefaw_rtc.service.own_log import TLOG, began_s, newest_ms, open_own_log, own_signer
from sefaw_rtc.service.proofs import Proofs
from sefaw_rtc.service.rounds import Rounds, partners_of
from sefaw_rtc.service.segment_leaves import SegmentLeaves
from sefaw_rtc.service.unlogged import Unlogged
from signalling.ids import ConsultationId

log = logs.get("service")

Begin = Callable[[Coroutine[Any, Any, None]], None]
Recording = Callable[[], Collection[ConsultationId]]  # those whose media is written down now


class Attesting:
    """One per server. `run` its coroutines, `close` it last."""

    def __init__(self, config: Config, keeper: LogKeeper, recording: Recording, begin: Begin) -> None:
        """`begin`: how work is started that nobody waits for. Raises `ConfigError`."""
        signer, keyring = own_signer(config), keeper.keyring
        self._keyring = keyring
        self._begin = begin
        self.notary = Notary(keyring, lambda: open_own_log(config, signer), floor_ms=newest_ms(config))
        outages = Outages(config.data / TLOG)
        self.rounds = Rounds(
            self.notary, partners_of(config), config.tlog.round_s, outages=outages, began_s=lambda: began_s(config)
        )
        self.proofs = Proofs(self.notary, self.rounds, keyring)
        self.rounds.on_round = self.proofs.refresh
        self._segments = SegmentLeaves(self.notary, keyring, recording)
        self._unlogged = Unlogged(
            config.data / TLOG, keyring, keeper.closed_folder, self.notary, self.proofs, self._segments
        )

    def tasks(self) -> Sequence[Coroutine[Any, Any, None]]:
        """What runs for ever."""
        return [self.notary.run(), self.rounds.run(), self._segments.run(), self._unlogged.run()]

    def sealed(self, consultation: ConsultationId, digest: str) -> None:
        """A consultation has just been sealed."""
        self.notary.note(consultation, LeafKind.SEALED, digest)
        self.proofs.sealed(consultation, unix_ms())
        self._begin(self._prove(consultation))

    async def close(self) -> None:
        """Log what waits, remember that, and give the log free."""
        await self.notary.settle()
        await self._unlogged.mark()
        await self.notary.close()

    async def _prove(self, consultation: ConsultationId) -> None:
        try:
            manifest = await asyncio.to_thread(sealed_manifest, self._keyring.folder(consultation))
            if manifest is not None:
                await self._segments.sealed(consultation, manifest)
        except ArchiveError as error:
            log.warning("segments are not noted", consultation=consultation, error=type(error).__name__)
        await self.notary.settle()
        await self.proofs.refresh()
