"""What the commands need of recordings that lie in the object store: to say so, and to fetch them for a while."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Final

import typer

from recordings import ArchiveError, Keyring
from recordings.keeping.ledger import Ledgers
from recordings.objects import Brought, Fault, Local, ObjectsFailed, bring, elsewhere, plan, take_away
from recordings.objects.moving import MARK_EVERY_S, used_ns
from recordings.objects.s3 import S3
from sefaw_rtc.cli.shared import EXIT_ERROR, ConfigFile, Data, consultation_id, load_config
from sefaw_rtc.config import Config
from sefaw_rtc.keyring import keyring_of
from sefaw_rtc.objects import local_of, place_of
from sefaw_rtc.operations.check.s3 import WORDS
from sefaw_rtc.service.log_keeper import CLOSED, SUFFIX
from signalling.ids import ConsultationId

_EVERY_S: Final = 0.5


def fetch(
    consultation: Annotated[str, typer.Argument(help="The consultation's id.")],
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Fetch what of a recording lies in the object store alone. It stays for s3.fetched_hours after its last use."""
    effective = load_config(config, {"server.data": data}).config
    one = consultation_id(consultation)
    try:
        count = len(bring_here(effective, keyring_of(effective), one).files)
    except ArchiveError as error:
        print(f"\nNOT FETCHED: {told(error)}", file=sys.stderr)
        raise typer.Exit(EXIT_ERROR) from None
    print(f"{count} files fetched." if count else "All of it is here.")


def bring_here(config: Config, keyring: Keyring, consultation: ConsultationId) -> Brought:
    """What came. Raises `ObjectsFailed`, `LogDamaged`, `StorageFull`, `StorageFailed`."""
    local, place = _local(config, keyring, consultation), place_of(config)
    stored = local.register().read()
    if not stored.place:
        return Brought([])
    before = used_ns(local.folder)
    used = local.mark_used()  # before the look: the server may let it go at any moment
    if not elsewhere(local.here(), stored):
        return Brought([], used, before)
    if place is None:
        raise ObjectsFailed(Fault.OTHER_PLACE)
    return bring(local, S3(place), place.name, config.limits.free_bytes, _Shown())


@contextmanager
def all_here(config: Config, keyring: Keyring, consultation: ConsultationId) -> Iterator[None]:
    """Meanwhile nothing of it lies elsewhere; what was fetched for this goes again, unless somebody else has used it.
    Raises as `bring_here`."""
    brought = bring_here(config, keyring, consultation)
    try:
        yield
    finally:
        if brought.used_ns:
            take_away(_local(config, keyring, consultation), brought)


@contextmanager
def in_use(config: Config, keyring: Keyring, consultation: ConsultationId) -> Iterator[None]:
    """As `all_here`, for hours: the server sees that it is in use, and lets it go in its own time. Raises as
    `bring_here`."""
    if not bring_here(config, keyring, consultation).used_ns:
        yield
        return
    local, over = _local(config, keyring, consultation), threading.Event()

    def mark() -> None:
        while not over.wait(MARK_EVERY_S):
            with suppress(ArchiveError):
                local.mark_used()

    marking = threading.Thread(target=mark, daemon=True)
    marking.start()
    try:
        yield
    finally:
        over.set()
        marking.join()


def whereabouts(config: Config, keyring: Keyring, consultation: ConsultationId) -> str:
    """Where a sealed recording lies, in words; empty: on this disk alone, as without an object store."""
    place = place_of(config)
    try:
        local = _local(config, keyring, consultation)
        here, stored = local.here(), local.register().read()
    except ArchiveError as error:
        return f"  object store: {error}"
    away = elsewhere(here, stored)
    if away:
        other = "" if place is not None and place.name == stored.place else ", which is not the configured one"
        return f"  {len(away)} files only in the object store{other}"
    if place is None:
        return ""
    work = plan(here, stored, place.name)
    if not work.is_done:
        return f"  {len(work.send) + len(work.drop) + work.clear} files wait for the object store"
    return "  in the object store too" if stored.whole else ""


def told(error: ArchiveError) -> str:
    """In words, with what to do."""
    if not isinstance(error, ObjectsFailed):
        return f"{error} ({type(error).__name__})"
    words, do = WORDS[error.fault]
    kept = "The recording is kept in an object store, and that place does not give it: try again."
    return f"{kept} {words} {do}"


def _local(config: Config, keyring: Keyring, consultation: ConsultationId) -> Local:
    log = config.data / "consultations" / CLOSED / f"{consultation}{SUFFIX}"
    return local_of(keyring, Ledgers(config.data), log, consultation)


class _Shown:
    """The progress, on one line of standard error."""

    def __init__(self) -> None:
        self._at = 0.0

    def __call__(self, done: int, of: int, name: str) -> None:
        del name
        now = time.monotonic()
        if now - self._at >= _EVERY_S or done >= of:
            self._at = now
            print(
                f"\rfetching {100 * done // max(1, of):3} %", end="" if done < of else "\n", file=sys.stderr, flush=True
            )
