"""Exports among the services: where they find what they are made of, who may have them, where they are noted."""

import asyncio
import zipfile
from typing import Final

from recordings import ArchiveError
from recordings.crypt import KEY_FILE
from recordings.export import ExportKind
from recordings.tlog import LeafKind
from sefaw_rtc import logs
from sefaw_rtc.service.accesses import still_allowed
from sefaw_rtc.service.blinding import is_blind
from sefaw_rtc.service.export_parts import add_attachments, add_made, add_shared
from sefaw_rtc.service.exports import Exports, Job, Surroundings
from sefaw_rtc.service.services import Services
from sefaw_rtc.service.written import log_of
from signalling.ids import ConsultationId
from signalling.vocabulary import AccessKind, AccessPurpose

_EXPORT: Final = "export"  # the name of its leaf; each has its digest in it besides
_PROOF: Final = ".tlog-proof"

log = logs.get("service")


def exports_of(services: Services) -> Exports:
    """Made when the others are there. Removes what a former process left."""
    keeper = services.keeper

    async def gather(job: Job, archive: zipfile.ZipFile) -> None:
        header, events = await log_of(services, job.consultation)
        await add_made(services.sources, header, events, archive)
        if job.what is ExportKind.TEACHING:
            await add_shared(services.sources, events, archive)
        else:
            await add_attachments(services.shelf, job.consultation, events, archive)

    async def anchor(consultation: ConsultationId, digest: str) -> dict[str, bytes]:
        return await _anchored(services, consultation, digest)

    async def may_go_on(job: Job) -> bool:
        if job.is_open:
            await services.storing.keep({job.consultation})
        return await is_allowed(services, job)

    around = Surroundings(
        keys=keeper.keyring,
        folder=keeper.keyring.folder,
        log_path=keeper.closed_path,
        gather=gather,
        anchor=anchor,
        may_go_on=may_go_on,
        aged=lambda consultation: services.keeping.ledgers.read(consultation).aged,
        fetch=services.storing.fetched,
        free_bytes=services.config.limits.free_bytes,
    )
    return Exports(services.config.data, around)


def opening(what: ExportKind) -> tuple[AccessKind, AccessPurpose]:
    """What it is to `decide()`, and what for."""
    if what is ExportKind.TEACHING:
        return AccessKind.TEACHING, AccessPurpose.TEACHING
    return AccessKind.EXPORT, AccessPurpose.CARE


async def is_allowed(services: Services, job: Job) -> bool:
    """Whether the one who asked may have it now: asked of the log as it is, and of the key's being there."""
    kind, purpose = opening(job.what)
    folder = services.keeper.keyring.folder(job.consultation)
    if not job.is_open and not await asyncio.to_thread((folder / KEY_FILE).exists):
        services.rights.forget(job.consultation)
        return False
    if job.what is not ExportKind.TEACHING and is_blind(services, job.who, job.consultation):
        return False
    return await still_allowed(services, job.who, job.found, kind, purpose=purpose)


async def _anchored(services: Services, consultation: ConsultationId, digest: str) -> dict[str, bytes]:
    """Noted, logged, and proved as far as it can be at once: an export does not wait for partners. Proofs of former
    exports stay here."""
    name = f"{_EXPORT}-{digest[:16]}"
    services.notary.note(consultation, LeafKind.EXPORT, digest, name)
    try:
        found = await services.attesting.proofs.of(consultation)
    except ArchiveError as error:
        log.warning("export not proved", consultation=consultation, error=type(error).__name__)
        return {}
    mine = found.get(f"{name}{_PROOF}")
    others = {name: data for name, data in found.items() if not name.startswith(f"{_EXPORT}-")}
    return others if mine is None else others | {f"{_EXPORT}{_PROOF}": mine}
