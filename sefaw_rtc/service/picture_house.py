"""Everything of pictures that a server has: opened in the order in which they need each other, closed in the other."""

import asyncio
from dataclasses import dataclass
from typing import Final

from recordings import Keyring
from sefaw_rtc import logs
from sefaw_rtc.attachments import Bounds as ShelfBounds
from sefaw_rtc.attachments import Shelf
from sefaw_rtc.config import Config
from sefaw_rtc.dicom.examine import Bounds
from sefaw_rtc.dicom.folder import Folder, Room
from sefaw_rtc.dicom.folder_source import FolderSource
from sefaw_rtc.dicom.pacs import PacsSource
from sefaw_rtc.dicom.port import Source
from sefaw_rtc.dicom.scp import StorageScp
from sefaw_rtc.service.intake import Intake
from sefaw_rtc.service.metrics import Metrics
from sefaw_rtc.service.pacs import open_pacs
from sefaw_rtc.service.sharing import Described, Sharing
from sefaw_rtc.store import Store
from signalling.vocabulary import PictureSource

DICOM: Final = "dicom"  # folder of the data directory

log = logs.get("service")


@dataclass
class PictureHouse:
    """`open`, `listen` when the rest of the server is there, `hush` at the farewell, `close`."""

    folder: Folder
    sources: dict[PictureSource, Source]
    pictures: Described
    intake: Intake
    sharing: Sharing
    pacs: PacsSource | None
    scp: StorageScp | None = None

    @classmethod
    async def open(cls, config: Config, store: Store, metrics: Metrics, keyring: Keyring) -> "PictureHouse":
        """Where pictures are, and what carries them. Raises ConfigError."""
        folder = await asyncio.to_thread(open_folder, config, keyring)
        sources: dict[PictureSource, Source] = {PictureSource.FOLDER: FolderSource(folder, config.dicom.bulk_bytes)}
        pacs = await open_pacs(config.pacs, store)
        if pacs is not None:
            sources[PictureSource.PACS] = pacs
        pictures = Described(sources)
        return cls(folder, sources, pictures, Intake(folder, config.dicom, metrics), Sharing(pictures), pacs)

    async def listen(self, config: Config, store: Store) -> None:
        """The port for devices, if it is wanted. A caller of an institution that is not known stays out. Raises
        ConfigError."""
        if not config.scp.listen:
            return
        houses = {house.name: house.id for house in await store.run(store.institutions.all)}
        wanted = config.scp.institutions()
        callers = {title: houses[name] for title, name in wanted.items() if name in houses}
        if len(callers) < len(wanted):
            log.warning("scp callers of unknown institutions", count=len(wanted) - len(callers))
        scp = StorageScp(config.scp, self.folder, callers)
        await asyncio.to_thread(scp.start)
        self.scp = scp

    def hush(self) -> None:
        """Consultations are told nothing more: their logs end."""
        self.sharing.hush()

    async def close(self) -> None:
        """What is being kept is kept; then nothing comes in and nothing goes out."""
        if self.scp is not None:
            await asyncio.to_thread(self.scp.close)
        await self.sharing.close()
        await asyncio.to_thread(self.intake.close)
        if self.pacs is not None:
            await self.pacs.close()
        await asyncio.to_thread(self.folder.close)


def open_folder(config: Config, keyring: Keyring) -> Folder:
    """Where the server's own pictures are, within the configuration's bounds."""
    room = Room(free=config.limits.free_bytes, consultation=config.dicom.consultation_bytes)
    return Folder.open(config.data / DICOM, _bounds(config), room, keyring)


def folder_beside(config: Config, keyring: Keyring) -> Folder | None:
    """The same for a command that reads while a server may run; None: there is none."""
    root = config.data / DICOM
    return Folder.beside(root, _bounds(config), keyring) if root.is_dir() else None


def shelf_beside(config: Config, keyring: Keyring) -> Shelf:
    """The attachments, for such a command."""
    limits = config.limits
    bounds = ShelfBounds(one=limits.attachment_bytes, all=limits.attachments_bytes, free=limits.free_bytes)
    return Shelf(config.data / "consultations" / "attachments", bounds, keyring)


def _bounds(config: Config) -> Bounds:
    dicom = config.dicom
    return Bounds(
        file=dicom.file_bytes,
        header=dicom.header_bytes,
        inflated=dicom.inflated_bytes,
        frame=dicom.frame_bytes,
        elements=dicom.elements,
        depth=dicom.depth,
        fragments=dicom.fragments,
    )
