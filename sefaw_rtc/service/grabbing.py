"""Stills of what was transmitted, where the publisher has no picture of its own: the plane hands the frame out, it is
decoded, and kept as an instance that says so."""

from collections.abc import Callable, Coroutine
from typing import Any

from recordings.dicom import Transmitted
from sefaw_rtc import logs
from sefaw_rtc.consultation import GrabFrame
from sefaw_rtc.errors import UserError
from sefaw_rtc.media.transmitted import GrabError
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.stills import Stills
from signalling.vocabulary import ErrorCode, FreezeFault

log = logs.get("service")


class Grabbing:
    """One per server. `begin`: how work is started that nobody waits for."""

    def __init__(self, stills: Stills, begin: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._stills = stills
        self._begin = begin

    def grab(self, host: Host, grab: GrabFrame) -> None:
        """Without waiting; it ends in a still, or in the fault that everybody is told."""
        self._begin(self._grab(host, grab))

    async def _grab(self, host: Host, grab: GrabFrame) -> None:
        try:
            await self._keep(host, grab)
        except GrabError as error:
            log.info("frame not grabbed", consultation=host.id, reason=error.fault)
            _fail(host, grab.key, error.fault)
        except UserError as error:
            log.info("grabbed frame not kept", consultation=host.id, code=error.code)
            full = error.code is ErrorCode.STORAGE_FULL
            _fail(host, grab.key, FreezeFault.STORAGE_FULL if full else FreezeFault.UNREADABLE)

    async def _keep(self, host: Host, grab: GrabFrame) -> None:
        frame = await host.media.grab(grab.frame)
        freeze = next((one for one in host.state.looking.freezes if one.key == grab.key), None)
        if freeze is None or freeze.picture is not None:
            return  # it came from the publisher after all
        transmitted = Transmitted(frame.codec, frame.bytes_sent)
        await self._stills.keep(host, freeze, frame.rtp, frame.picture, transmitted)


def _fail(host: Host, key: str, fault: FreezeFault) -> None:
    host.act(lambda now: host.consultation.looking.handle_freeze_failed(now, key, fault))
