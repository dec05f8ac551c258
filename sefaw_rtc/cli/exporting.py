"""`sefaw-rtc recordings export`: a sealed consultation as files, for whoever runs the machine. The server may run."""

import asyncio
import os
import secrets
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final, Self

import av
import typer

from recordings import ArchiveError, read_consultation
from recordings.export import (
    CannotFilm,
    ExportKind,
    NotAgreed,
    Progress,
    Sealed,
    Wishes,
    Workplace,
    open_sealed,
    write_bundle,
    write_film,
    write_teaching,
)
from recordings.export.pack import InOrder
from recordings.keeping.ledger import Ledgers
from recordings.timeline import Language
from sefaw_rtc.cli.fetching import in_use, told
from sefaw_rtc.cli.machine_user import machine_user
from sefaw_rtc.cli.shared import EXIT_ERROR, ConfigFile, Data, WrongArgument, consultation_id, load_config
from sefaw_rtc.config import Config
from sefaw_rtc.consultation import Consultation
from sefaw_rtc.dicom.folder_source import FolderSource
from sefaw_rtc.errors import UserError
from sefaw_rtc.keyring import keyring_of
from sefaw_rtc.service.export_parts import Sources, add_attachments, add_made, add_shared
from sefaw_rtc.service.log_keeper import CLOSED, SUFFIX
from sefaw_rtc.service.occasions import software
from sefaw_rtc.service.paperwork import act_on_closed
from sefaw_rtc.service.picture_house import folder_beside, shelf_beside
from signalling.events import ExportedHere
from signalling.vocabulary import AccessKind, PictureSource

_NICE: Final = 10
_EVERY_S: Final = 0.5
_PARTS: Final = "parts"
_WHY_MOST: Final = 200


def export(  # noqa: PLR0913, PLR0917 - the options of a command
    consultation: Annotated[str, typer.Argument(help="The consultation's id.")],
    why: Annotated[str, typer.Option("--why", help="What for; it stands in the consultation's log.")],
    side_by_side: Annotated[bool, typer.Option("--side-by-side", help="Only the video for people, as MP4.")] = False,
    teaching: Annotated[bool, typer.Option("--teaching", help="The copy that names nobody.")] = False,
    voice: Annotated[bool, typer.Option("--voice", help="With --teaching: voices too.")] = False,
    with_video: Annotated[bool, typer.Option("--with-video", help="The bundle with the video for people.")] = False,
    sealed: Annotated[bool, typer.Option("--sealed", help="Nothing in the clear: only what was sealed.")] = False,
    to: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to; default: this directory.")] = None,
    lang: Annotated[Language, typer.Option(help="The language of the video and of roles.")] = Language.ZH_CN,
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Write a sealed consultation into a file: a bundle that verify.py checks, the video for people, a teaching copy.
    It is in the clear: keep it as you keep a patient's record. Whoever runs this machine is not asked; but who exported
    it, as a user of the operating system, and what for is written into the consultation's log first, or nothing is."""
    effective = load_config(config, {"server.data": data}).config
    wishes = Wishes(lang, only_sealed=sealed, side_by_side=with_video, voice=voice, software=software())
    what = _what(side_by_side, teaching)
    taken = _Taken(what, "sealed" if sealed else what.value, _why(why))
    target = to or Path(_name(consultation, what))
    if target.exists():
        raise WrongArgument(f"{target} is there already; nothing was written.")
    os.nice(_NICE)
    try:
        _write(effective, consultation, taken, wishes, target)
    except (ArchiveError, CannotFilm, NotAgreed, UserError, av.FFmpegError, OSError) as error:
        words = told(error) if isinstance(error, ArchiveError) else f"{error} ({type(error).__name__})"
        print(f"\nNOT EXPORTED: {words}", file=sys.stderr)
        raise typer.Exit(EXIT_ERROR) from None
    print(f"\nWrote {target}.", file=sys.stderr)


def _what(side_by_side: bool, teaching: bool) -> ExportKind:
    if side_by_side and teaching:
        raise WrongArgument("--side-by-side or --teaching: each is a file of its own.")
    return ExportKind.SIDE_BY_SIDE if side_by_side else ExportKind.TEACHING if teaching else ExportKind.BUNDLE


def _why(text: str) -> str:
    if not 0 < len(text.strip()) <= _WHY_MOST:
        raise WrongArgument(f"Say what for, with --why, in at most {_WHY_MOST} characters.")
    return text.strip()


def _name(consultation: str, what: ExportKind) -> str:
    if what is ExportKind.TEACHING:
        return f"teaching-copy-{secrets.token_hex(4)}.zip"
    return f"consultation-{consultation_id(consultation)}.{'mp4' if what is ExportKind.SIDE_BY_SIDE else 'zip'}"


def _write(config: Config, text: str, taken: "_Taken", wishes: Wishes, target: Path) -> None:
    consultation, keyring = consultation_id(text), keyring_of(config)
    log = config.data / "consultations" / CLOSED / f"{consultation}{SUFFIX}"
    if not log.is_file():
        raise WrongArgument("No consultation of this id is over; while it goes on it is not exported.")
    with in_use(config, keyring, consultation):
        one = open_sealed(keyring.folder(consultation), log, keyring, Ledgers(config.data).read(consultation).aged)
        act_on_closed(consultation, log, keyring, taken.written)  # what cannot be written down is not given
        _write_out(config, replace(one, log=read_consultation(log, keyring)), taken.what, wishes, target)


def _write_out(config: Config, one: Sealed, what: ExportKind, wishes: Wishes, target: Path) -> None:
    progress = Progress(_Shown())
    with Draft(target) as out, tempfile.TemporaryDirectory(dir=target.absolute().parent, prefix=".export-") as folder:
        work = Workplace(Path(folder), one.log.header.consultation)
        if what is ExportKind.SIDE_BY_SIDE:
            write_film(one, wishes, out, progress)
            return
        parts = None if wishes.only_sealed else _parts(config, one, what, work)
        if what is ExportKind.TEACHING:
            write_teaching(one, parts, wishes, out, progress, time.time_ns() // 1_000_000)
        else:
            write_bundle(one, parts, wishes, work, out, progress, lambda _digest: {})


def _parts(config: Config, one: Sealed, what: ExportKind, work: Workplace) -> zipfile.ZipFile:
    """What only the server's folders have; of a PACS there is nothing here."""
    writer = work.write(_PARTS, 0)
    try:
        with zipfile.ZipFile(InOrder(writer), "w") as archive:
            asyncio.run(_gather(config, one, what, archive))
        writer.close()
    finally:
        writer.discard()
    return zipfile.ZipFile(work.read(_PARTS))


async def _gather(config: Config, one: Sealed, what: ExportKind, archive: zipfile.ZipFile) -> None:
    header, events = one.log.header, one.log.events
    folder = folder_beside(config, keyring_of(config))
    sources: Sources = {} if folder is None else {PictureSource.FOLDER: FolderSource(folder, config.dicom.bulk_bytes)}
    try:
        await add_made(sources, header, events, archive)
        if what is ExportKind.TEACHING:
            await add_shared(sources, events, archive)
        else:
            await add_attachments(shelf_beside(config, keyring_of(config)), header.consultation, events, archive)
    finally:
        if folder is not None:
            folder.close()


@dataclass(frozen=True)
class _Taken:
    """An export as it stands in the consultation's log; the transparency log is told by the server, which looks for
    such things at its start and each hour."""

    what: ExportKind
    item: str
    why: str

    def written(self, heart: Consultation, now: int, at: int) -> None:
        kind = AccessKind.TEACHING if self.what is ExportKind.TEACHING else AccessKind.EXPORT
        heart.accesses.handle_export_here(
            now, ExportedHere(user=machine_user(), why=self.why, kind=kind, item=self.item, at=at)
        )


class _Shown:
    """The progress, on one line of standard error."""

    def __init__(self) -> None:
        self._at = 0.0

    def __call__(self, done: int, of: int, step: str) -> None:
        now = time.monotonic()
        if now - self._at >= _EVERY_S or done >= of:
            self._at = now
            print(f"\r{100 * done // max(1, of):3} %  {step:<20}", end="", file=sys.stderr, flush=True)


class Draft:
    """A file that gets its name when it is whole and on the disk."""

    def __init__(self, target: Path) -> None:
        self._target, self._path = target, target.with_name(f".{target.name}.new")
        self._file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b")
        self.write, self.seek, self.tell = self._file.write, self._file.seek, self._file.tell

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            if error is None:
                self._file.flush()
                os.fsync(self._file.fileno())
            self._file.close()
            if error is None:
                self._path.replace(self._target)
        finally:
            self._path.unlink(missing_ok=True)
