"""The composition: makes the services from the configuration and the engine, recovers what was left, and stops in
order. Knows no HTTP."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from recordings import Keyring
from recordings.keeping.ledger import Entry, Ledgers
from recordings.tlog import LeafKind
from sefaw_rtc import logs
from sefaw_rtc.access import Passwords, SigningKeys, SignIns, Tokens, token_key
from sefaw_rtc.attachments import Shelf
from sefaw_rtc.config import Config
from sefaw_rtc.dicom.folder import Folder
from sefaw_rtc.keyring import server_keyring
from sefaw_rtc.media.port import MediaEngine
from sefaw_rtc.objects import place_of
from sefaw_rtc.service import certificate, demo, guard, replay_guard
from sefaw_rtc.service.attesting import Attesting
from sefaw_rtc.service.calls import Calls
from sefaw_rtc.service.clock import unix_us
from sefaw_rtc.service.desk import Desk
from sefaw_rtc.service.erasing import Eraser
from sefaw_rtc.service.grabbing import Grabbing
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.index_sealing import IndexSealing
from sefaw_rtc.service.keeping import Keeping, Parts
from sefaw_rtc.service.late_index import catch_up
from sefaw_rtc.service.leftovers import clear_leftovers
from sefaw_rtc.service.log_keeper import CLOSED, LogKeeper
from sefaw_rtc.service.metrics import Metrics
from sefaw_rtc.service.openings import Openings
from sefaw_rtc.service.paperwork import Paperwork
from sefaw_rtc.service.picture_house import PictureHouse, shelf_beside
from sefaw_rtc.service.quality import Quality
from sefaw_rtc.service.recorder import Recorder
from sefaw_rtc.service.registry import Registry
from sefaw_rtc.service.replay_reading import Archive
from sefaw_rtc.service.replays import Cut, Replays
from sefaw_rtc.service.rights import Rights
from sefaw_rtc.service.sealing import Sealing
from sefaw_rtc.service.services import Services
from sefaw_rtc.service.stills import Stills
from sefaw_rtc.service.storing import Storing, StoringStats
from sefaw_rtc.service.storing import Surroundings as Around
from sefaw_rtc.service.switchboard import Switchboard
from sefaw_rtc.store import AccountRecord, Store
from signalling.ids import ConsultationId
from signalling.vocabulary import CloseReason

TEXTS_AT_ONCE = 200  # some 20 ms of the store's thread

log = logs.get("service")


class Running:
    """A started service. `start`, use `services`, `stop`."""

    def __init__(
        self, services: Services, switchboard: Switchboard, passwords: Passwords, house: PictureHouse, sealing: Sealing
    ) -> None:
        self.services = services
        self.switchboard = switchboard
        self.house = house
        self._sealing = sealing
        self._began_us = unix_us()
        self.accounts: list[demo.DemoAccount] = []
        self.demos: list[Host] = []
        self._passwords = passwords
        self._tasks: list[asyncio.Task[Any]] = []

    @classmethod
    async def start(
        cls, config: Config, engine: MediaEngine, *, demo_consultations: int = 0, metrics: Metrics | None = None
    ) -> "Running":
        """Make everything and take up what a former process left. `demo_consultations` > 0: with demo data. What fails
        leaves nothing open behind."""
        keyring = await asyncio.to_thread(server_keyring, config)
        async with AsyncExitStack() as undo:
            store = await asyncio.to_thread(_store, config, keyring)
            undo.push_async_callback(asyncio.to_thread, store.close)
            running = await cls._compose(config, engine, keyring, store, metrics or Metrics(), demo_consultations > 0)
            undo.pop_all()  # it closes the store from now on
            undo.push_async_callback(running.stop)
            await running.take_up(demo_consultations)
            undo.pop_all()
        return running

    @classmethod
    async def _compose(
        cls, config: Config, engine: MediaEngine, keyring: Keyring, store: Store, metrics: Metrics, is_demo: bool
    ) -> "Running":
        passwords = Passwords(memory_kib=config.access.argon2_memory_kib, passes=config.access.argon2_passes)
        key = token_key(config.access, config.data)
        accounts, bot = await _demo_people(store) if is_demo else ([], None)
        switchboard = Switchboard(engine, metrics)
        keeper = LogKeeper(config.data, keyring, metrics)
        sealing = Sealing(keyring, keeper.closed_folder)
        desk = Desk(store, metrics, on_call_at_once=is_demo, last_resort=bot.id if bot else None)
        attesting = await asyncio.to_thread(Attesting, config, keeper, lambda: desk.recorder.recording, desk.begin)
        registry = Registry(config, switchboard, keeper, metrics, desk)
        shelf = await asyncio.to_thread(_shelf, config, keyring)
        house = await PictureHouse.open(config, store, metrics, keyring)
        sign_ins = SignIns(store, passwords, key, config.access, secure_cookies=config.secure_cookies)
        paperwork = Paperwork(registry, keeper, desk, attesting.notary)
        storing = await asyncio.to_thread(_storing, config, keyring, keeper.closed_folder)
        metrics.registry.register(StoringStats(storing))
        replays = Replays(Archive(keyring, keeper.closed_folder), sealing, store, storing.fetch)
        rights = Rights(paperwork)
        services = Services(
            config=config,
            store=store,
            sign_ins=sign_ins,
            signing_keys=SigningKeys(store, passwords, sign_ins),
            tokens=Tokens(key),
            registry=registry,
            keeper=keeper,
            shelf=shelf,
            folder=house.folder,
            sources=house.sources,
            intake=house.intake,
            sharing=house.sharing,
            pictures=house.pictures,
            stills=Stills(house.folder, house.pictures),
            desk=desk,
            calls=Calls(registry, desk, config.limits),
            attesting=attesting,
            paperwork=paperwork,
            rights=rights,
            openings=Openings(),
            metrics=metrics,
            quality=await asyncio.to_thread(Quality, config, store, keeper, attesting.notary),
            keeping=_keeping(config, Eraser(keyring, shelf, house.folder, store), desk, rights, replays, storing),
            replays=replays,
            storing=storing,
        )
        running = cls(services, switchboard, passwords, house, sealing)
        running.accounts = accounts
        return running

    async def take_up(self, demo_consultations: int) -> None:
        """What a former process left; then devices may send, and the clocks run."""
        services, desk = self.services, self.services.desk
        recorder = Recorder(services.keeper.keyring, desk.begin)
        desk.compose(services.registry, services.shelf, recorder, services.notary)
        desk.stills = Grabbing(services.stills, desk.begin)
        await desk.rota.refresh()
        await services.registry.recover()
        for host in services.registry:  # what a kill took away
            services.notary.saw(host.id, host.recent_events())
        await catch_up(services.store, services.keeper, desk)
        if demo_consultations > 0:
            await self._open_demos(demo_consultations)
        await self.house.listen(services.config, services.store)
        services.scp = self.house.scp
        self._begin()

    def farewell(self) -> None:
        """Everybody is told; peers close. The consultations go on after the restart. Idempotent."""
        self.services.stopping = True
        self.house.hush()
        for client in list(self.services.clients):
            client.goodbye(CloseReason.SERVER_STOPPING)
        self.services.replays.farewell()
        self.services.registry.suspend()

    async def stop(self) -> None:
        """After the farewell, logs, plane and store end, in this order."""
        self.farewell()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.services.replays.shut()
        await self.services.desk.close()
        await self.services.keeper.close()
        await self.services.attesting.close()
        await self.switchboard.close()
        await asyncio.to_thread(self._passwords.close)
        await self.house.close()
        await asyncio.to_thread(self.services.store.close)

    async def _open_demos(self, count: int) -> None:
        store = self.services.store
        house = await store.run(store.institutions.ensure, demo.CLINIC, 0)
        self.demos = await demo.open_consultations(self.services.registry, house, count)

    def _closed(self, path: Path) -> None:
        """The log of a consultation that is over is in its place."""
        self._sealing.closed(path)
        self.services.quality.closed(path)
        self.services.replays.index.ask(ConsultationId(path.stem))

    def _sealed(self, consultation: ConsultationId, digest: str) -> None:
        self.services.attesting.sealed(consultation, digest)
        self.services.storing.ask(consultation)
        self.services.replays.index.ask(consultation)

    def _signed(self, consultation: ConsultationId) -> None:
        """Something was kept after the end."""
        self.services.quality.signed(consultation)
        self.services.replays.index.ask(consultation)

    def _begin(self) -> None:
        loop, keeper = asyncio.get_running_loop(), self.services.keeper
        quality = self.services.quality
        keeper.on_closed = self._closed
        self._sealing.on_sealed = self._sealed
        self.services.paperwork.on_done = self._signed
        self._tasks = [
            loop.create_task(clear_leftovers(self.services.config.data, keeper.keyring, self._began_us)),
            loop.create_task(self._sealing.run()),
            loop.create_task(replay_guard.watch(self.services)),
            loop.create_task(self.services.replays.preparing.run()),
            loop.create_task(self.services.replays.index.run()),
            *map(loop.create_task, self.services.attesting.tasks()),
            loop.create_task(quality.run()),
            loop.create_task(self.services.keeping.run()),
            loop.create_task(self.services.storing.run()),
            loop.create_task(self.services.keeper.run()),
            loop.create_task(guard.watch(self.services)),
            loop.create_task(_read_texts(self.services.store)),
            loop.create_task(_seal_plain(self.services.shelf, self.services.folder)),
            loop.create_task(self.services.desk.rota.watch()),
            loop.create_task(certificate.watch(self.services.config)),
        ]


async def _demo_people(store: Store) -> tuple[list[demo.DemoAccount], AccountRecord | None]:
    """The demo's accounts, and that of its specialist who is a program."""
    return await demo.ensure_accounts(store), await demo.bot_account(store)


def _keeping(config: Config, eraser: Eraser, desk: Desk, rights: Rights, replays: Replays, storing: Storing) -> Keeping:
    def forgotten(consultation: ConsultationId, confirmed: Entry) -> None:
        rights.forget(consultation)
        replays.cut(consultation, Cut.ERASED)
        desk.erased(consultation)
        desk.notary.note(consultation, LeafKind.ERASURE, confirmed.digest)
        storing.ask(consultation)

    def is_live(consultation: ConsultationId) -> bool:
        return desk.registry.get(consultation) is not None

    closed = config.data / "consultations" / CLOSED
    parts = Parts(eraser, Ledgers(config.data), closed, is_live, forgotten, storing.fetched)
    return Keeping(parts, config.retention)


def _storing(config: Config, keyring: Keyring, closed_logs: Path) -> Storing:
    """Raises `ConfigError`."""
    around = Around(
        place=place_of(config),
        s3=config.s3,
        keyring=keyring,
        closed_logs=closed_logs,
        ledgers=Ledgers(config.data),
        free_bytes=config.limits.free_bytes,
    )
    return Storing(around)


def _store(config: Config, keyring: Keyring) -> Store:
    store = Store.open(config.data, IndexSealing(keyring))
    sealed = store.seal_plain()
    if sealed:
        log.info("patients of the index sealed", count=sealed)
    return store


async def _read_texts(store: Store) -> None:
    """For searches to come; others come in between."""
    more = True
    while more:
        more = await store.run(store.consultations.read_texts, TEXTS_AT_ONCE)


async def _seal_plain(shelf: Shelf, folder: Folder) -> None:
    """What an older version left of consultations in the clear, beside the calls."""
    attachments, pictures = await asyncio.to_thread(shelf.seal_plain), await asyncio.to_thread(folder.seal_plain)
    if attachments or pictures:
        log.info("attachments and pictures sealed", count=attachments + pictures)


def _shelf(config: Config, keyring: Keyring) -> Shelf:
    shelf = shelf_beside(config, keyring)
    shelf.forget_all_waiting()
    return shelf
