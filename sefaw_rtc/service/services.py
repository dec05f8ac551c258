"""Everything a client's messages need, made once per server."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sefaw_rtc.access import SigningKeys, Tokens
from sefaw_rtc.access.sessions import SignIns
from sefaw_rtc.attachments import Shelf
from sefaw_rtc.config import Config
from sefaw_rtc.dicom.folder import Folder
from sefaw_rtc.dicom.port import Source
from sefaw_rtc.dicom.scp import StorageScp
from sefaw_rtc.service.attesting import Attesting
from sefaw_rtc.service.calls import Calls
from sefaw_rtc.service.desk import Desk
from sefaw_rtc.service.draining import Drain
from sefaw_rtc.service.intake import Intake
from sefaw_rtc.service.keeping import Keeping
from sefaw_rtc.service.log_keeper import LogKeeper
from sefaw_rtc.service.metrics import Metrics
from sefaw_rtc.service.notary import Notary
from sefaw_rtc.service.openings import Openings
from sefaw_rtc.service.paperwork import Paperwork
from sefaw_rtc.service.pictures import Pictures
from sefaw_rtc.service.quality import Quality
from sefaw_rtc.service.registry import Registry
from sefaw_rtc.service.replays import Replays
from sefaw_rtc.service.reviews import ReviewBooks
from sefaw_rtc.service.rights import Rights
from sefaw_rtc.service.sharing import Sharing
from sefaw_rtc.service.stills import Stills
from sefaw_rtc.service.storing import Storing
from sefaw_rtc.store import Store
from signalling.vocabulary import PictureSource

if TYPE_CHECKING:
    from sefaw_rtc.service.client import Client


@dataclass
class Services:
    """One per server; made by `running.py`."""

    config: Config
    store: Store
    sign_ins: SignIns
    signing_keys: SigningKeys
    tokens: Tokens
    registry: Registry
    keeper: LogKeeper
    shelf: Shelf
    folder: Folder
    stills: Stills
    sources: dict[PictureSource, Source]
    intake: Intake
    sharing: Sharing
    desk: Desk
    calls: Calls
    paperwork: Paperwork
    attesting: Attesting
    rights: Rights
    openings: Openings
    metrics: Metrics
    quality: Quality
    pictures: Pictures
    keeping: Keeping
    replays: Replays
    storing: Storing
    scp: StorageScp | None = None
    clients: "set[Client]" = field(default_factory=set)
    drain: Drain = field(default_factory=Drain)
    stopping: bool = False

    @property
    def reviews(self) -> ReviewBooks:
        """All reviews."""
        return self.quality.books

    @property
    def notary(self) -> Notary:
        """Whoever has something to prove notes it here."""
        return self.attesting.notary
