"""The composition: makes the services from the configuration and the engine, recovers what was left, and stops in
order. Knows no HTTP."""

import asyncio
from typing import Any

from sefaw_rtc import logs
from sefaw_rtc.access import Passwords, SigningKeys, SignIns, Tokens, token_key
from sefaw_rtc.attachments import Bounds, Shelf
from sefaw_rtc.config import Config
from sefaw_rtc.dicom.examine import Bounds as FileBounds
from sefaw_rtc.dicom.folder import Folder, Room
from sefaw_rtc.dicom.folder_source import FolderSource
from sefaw_rtc.dicom.pacs import PacsSource
from sefaw_rtc.dicom.port import Source
from sefaw_rtc.dicom.scp import StorageScp
from sefaw_rtc.media.port import MediaEngine
from sefaw_rtc.service import certificate, demo, guard
from sefaw_rtc.service.calls import Calls
from sefaw_rtc.service.desk import Desk
from sefaw_rtc.service.grabbing import Grabbing
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.intake import Intake
from sefaw_rtc.service.late_index import catch_up
from sefaw_rtc.service.log_keeper import LogKeeper
from sefaw_rtc.service.metrics import Metrics
from sefaw_rtc.service.pacs import open_pacs
from sefaw_rtc.service.paperwork import Paperwork
from sefaw_rtc.service.registry import Registry
from sefaw_rtc.service.services import Services
from sefaw_rtc.service.sharing import Described, Sharing
from sefaw_rtc.service.stills import Stills
from sefaw_rtc.service.switchboard import Switchboard
from sefaw_rtc.store import Store
from signalling.vocabulary import CloseReason, PictureSource

log = logs.get("service")


class Running:
    """A started service. `start`, use `services`, `stop`."""

    def __init__(self, services: Services, switchboard: Switchboard, passwords: Passwords) -> None:
        self.services = services
        self.switchboard = switchboard
        self.accounts: list[demo.DemoAccount] = []
        self.demos: list[Host] = []
        self.scp: StorageScp | None = None
        self.pacs: PacsSource | None = None
        self._passwords = passwords
        self._tasks: list[asyncio.Task[Any]] = []

    @classmethod
    async def start(
        cls, config: Config, engine: MediaEngine, *, demo_consultations: int = 0, metrics: Metrics | None = None
    ) -> "Running":
        """Make everything and take up what a former process left. `demo_consultations` > 0: with demo data."""
        metrics, is_demo = metrics or Metrics(), demo_consultations > 0
        store = await asyncio.to_thread(Store.open, config.data)
        passwords = Passwords(memory_kib=config.access.argon2_memory_kib, passes=config.access.argon2_passes)
        key = token_key(config.access, config.data)
        accounts = await demo.ensure_accounts(store) if is_demo else []
        bot = await demo.bot_account(store) if is_demo else None
        switchboard = Switchboard(engine, metrics)
        keeper = LogKeeper(config.data, metrics)
        desk = Desk(store, metrics, on_call_at_once=is_demo, last_resort=bot.id if bot else None)
        registry = Registry(config, switchboard, keeper, metrics, desk)
        shelf = await asyncio.to_thread(_shelf, config)
        folder = await asyncio.to_thread(open_folder, config)
        sources: dict[PictureSource, Source] = {PictureSource.FOLDER: FolderSource(folder, config.dicom.bulk_bytes)}
        pacs = await open_pacs(config.pacs, store)
        if pacs is not None:
            sources[PictureSource.PACS] = pacs
        pictures = Described(sources)
        desk.compose(registry, shelf)
        sign_ins = SignIns(store, passwords, key, config.access, secure_cookies=config.secure_cookies)
        services = Services(
            config=config,
            store=store,
            sign_ins=sign_ins,
            signing_keys=SigningKeys(store, passwords, sign_ins),
            tokens=Tokens(key),
            registry=registry,
            keeper=keeper,
            shelf=shelf,
            folder=folder,
            sources=sources,
            intake=Intake(folder, config.dicom, metrics),
            sharing=Sharing(pictures),
            pictures=pictures,
            stills=Stills(folder, pictures),
            desk=desk,
            calls=Calls(registry, desk, config.limits),
            paperwork=Paperwork(registry, keeper, desk),
            metrics=metrics,
        )
        desk.stills = Grabbing(services.stills, desk.begin)
        running = cls(services, switchboard, passwords)
        await desk.rota.refresh()
        await registry.recover()
        await catch_up(store, keeper, desk)
        running.accounts = accounts
        if is_demo:
            await running._open_demos(demo_consultations)
        running.pacs = pacs
        running.scp = await _scp(config, store, folder)
        running._begin()
        return running

    def farewell(self) -> None:
        """Everybody is told; peers close. The consultations go on after the restart. Idempotent."""
        self.services.stopping = True
        for client in list(self.services.clients):
            client.goodbye(CloseReason.SERVER_STOPPING)
        self.services.registry.suspend()

    async def stop(self) -> None:
        """After the farewell, logs, plane and store end, in this order."""
        self.farewell()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.services.desk.close()
        await self.services.keeper.close()
        await self.switchboard.close()
        await asyncio.to_thread(self._passwords.close)
        if self.scp is not None:
            await asyncio.to_thread(self.scp.close)
        if self.pacs is not None:
            await self.pacs.close()
        await self.services.sharing.close()
        await asyncio.to_thread(self.services.intake.close)
        await asyncio.to_thread(self.services.folder.close)
        await asyncio.to_thread(self.services.store.close)

    async def _open_demos(self, count: int) -> None:
        store = self.services.store
        house = await store.run(store.institutions.ensure, demo.CLINIC, 0)
        self.demos = await demo.open_consultations(self.services.registry, house, count)

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self.services.keeper.run()),
            loop.create_task(guard.watch(self.services)),
            loop.create_task(self.services.desk.rota.watch()),
            loop.create_task(certificate.watch(self.services.config)),
        ]


def _shelf(config: Config) -> Shelf:
    limits = config.limits
    bounds = Bounds(one=limits.attachment_bytes, all=limits.attachments_bytes, free=limits.free_bytes)
    shelf = Shelf(config.data / "consultations" / "attachments", bounds)
    shelf.forget_all_waiting()
    return shelf


def open_folder(config: Config) -> Folder:
    """Where the server's own pictures are, within the configuration's bounds."""
    dicom = config.dicom
    bounds = FileBounds(
        file=dicom.file_bytes,
        header=dicom.header_bytes,
        inflated=dicom.inflated_bytes,
        frame=dicom.frame_bytes,
        elements=dicom.elements,
        depth=dicom.depth,
        fragments=dicom.fragments,
    )
    room = Room(free=config.limits.free_bytes, consultation=dicom.consultation_bytes)
    return Folder.open(config.data / "dicom", bounds, room)


async def _scp(config: Config, store: Store, folder: Folder) -> StorageScp | None:
    """The port for devices, listening; None = not wanted. A caller of an institution that is not known stays out."""
    if not config.scp.listen:
        return None
    houses = {house.name: house.id for house in await store.run(store.institutions.all)}
    wanted = config.scp.institutions()
    callers = {title: houses[name] for title, name in wanted.items() if name in houses}
    if len(callers) < len(wanted):
        log.warning("scp callers of unknown institutions", count=len(wanted) - len(callers))
    scp = StorageScp(config.scp, folder, callers)
    await asyncio.to_thread(scp.start)
    return scp
