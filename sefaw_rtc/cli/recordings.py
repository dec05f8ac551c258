"""`sefaw-rtc recordings list | verify | seal | export | fetch | reindex`: what is kept of what is over."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from recordings import ArchiveError
from recordings.manifest import Manifest
from recordings.seal import seal, seal_leaf, sealed_manifest
from recordings.verify import as_text
from sefaw_rtc.cli import exporting, fetching
from sefaw_rtc.cli.fetching import all_here, told, whereabouts
from sefaw_rtc.cli.shared import EXIT_ERROR, PLAIN, ConfigFile, Data, WrongArgument, consultation_id, load_config
from sefaw_rtc.cli.verifying import LANGUAGES, checked, let_go, trust_of
from sefaw_rtc.config import Config
from sefaw_rtc.keyring import keyring_of, server_keyring
from sefaw_rtc.operations.data_lock import is_locked
from sefaw_rtc.service.index_sealing import IndexSealing
from sefaw_rtc.service.log_keeper import CLOSED, SUFFIX
from sefaw_rtc.service.reindexing import is_sound, reindex
from sefaw_rtc.store import Store
from sefaw_rtc.store.store import FILE
from signalling.ids import ConsultationId

app = typer.Typer(help="Recordings: what is kept of consultations that are over.", **PLAIN)
app.command()(exporting.export)
app.command()(fetching.fetch)

One = Annotated[str, typer.Argument(help="A consultation's id; without one, all of them.")]


@app.command("list")
def show(config: ConfigFile = None, data: Data = None) -> None:
    """Print every consultation that is over: sealed when, its length, tracks, what is lost or damaged, and
    whether it lies in the object store."""
    effective = load_config(config, {"server.data": data}).config
    keyring = keyring_of(effective)
    for consultation, _ in _closed(effective):
        manifest = _sealed(effective, consultation)
        where = whereabouts(effective, keyring, consultation) if manifest is not None else ""
        print(f"{consultation}  {_line(manifest)}{where}")


@app.command()
def verify(
    consultation: One = "",
    language: Annotated[str, typer.Option("--lang", help="en or zh-CN: of what is said about one.")] = "en",
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Check that every file is there and what was sealed, and who vouches for it until when; of one consultation all
    that was checked. What lies in the object store alone is fetched for it. Exit code 1: something was changed, is
    missing, is not sealed, or cannot be fetched."""
    effective = load_config(config, {"server.data": data}).config
    if language not in LANGUAGES:
        raise WrongArgument(f"--lang is one of {', '.join(LANGUAGES)}.")
    keyring, wrong = keyring_of(effective), 0
    for one, log in _asked(effective, consultation):
        manifest = _sealed(effective, one)
        if manifest is None:
            wrong += 1
            print(f"{one}  not sealed")
            continue
        where = whereabouts(effective, keyring, one)
        try:
            gone, trust = let_go(effective, manifest), trust_of(effective, keyring, one)
            with all_here(effective, keyring, one):
                verdict = checked(keyring.folder(one), log, manifest, trust, gone)
        except ArchiveError as failed:
            wrong += 1
            print(f"{one}  NOT CHECKED: {told(failed)}")
            continue
        wrong += not verdict.right
        print(f"{one}  {verdict.line(len(manifest.files))}{where}")
        if consultation:
            print(as_text(verdict.found, LANGUAGES[language]))
    if wrong:
        raise typer.Exit(EXIT_ERROR)


@app.command("seal")
def seal_now(consultation: One = "", config: ConfigFile = None, data: Data = None) -> None:
    """Seal what is over and not sealed yet; the server may run or not. Exit code 1: one could not be sealed."""
    effective = load_config(config, {"server.data": data}).config
    keyring, wrong = keyring_of(effective), 0
    for one, log in _asked(effective, consultation):
        folder = keyring.folder(one)
        try:
            manifest = seal(folder, keyring, log, time.time_ns() // 1_000_000)
            seal_leaf(folder, manifest)
        except ArchiveError as error:
            wrong += 1
            print(f"{one}  NOT SEALED: {error} ({type(error).__name__})")
        else:
            print(f"{one}  {_line(manifest)}")
    if wrong:
        raise typer.Exit(EXIT_ERROR)


@app.command("reindex")
def reindex_now(config: ConfigFile = None, data: Data = None) -> None:
    """Make the database's index of consultations again from their logs; the server must not run. A damaged database is
    set aside, and accounts that only logs still know come back switched off. Exit code 1: a log cannot be read."""
    effective = load_config(config, {"server.data": data}).config
    if is_locked(effective.data):
        raise WrongArgument("Stop the server first: it holds the index.")
    _set_aside(effective.data / FILE)
    keyring = server_keyring(effective)
    store = Store.open(effective.data, IndexSealing(keyring))
    try:
        done = reindex(store, effective.data, keyring)
    finally:
        store.close()
    print(f"{done.indexed} consultations indexed; {done.erased} are erased; {done.revived} accounts came back.")
    for consultation, error in done.unread.items():
        print(f"{consultation}  NOT READ: {error}")
    if done.unread:
        raise typer.Exit(EXIT_ERROR)


def _set_aside(database: Path) -> None:
    if is_sound(database):
        return
    aside = database.with_name(f"{database.name}.damaged-{int(time.time())}")
    for end in ("", "-wal", "-shm"):
        part = database.with_name(database.name + end)
        if part.exists():
            part.rename(aside.with_name(aside.name + end))
    print(f"The database is damaged; it is kept as {aside.name}. Accounts of before are in it, or in a backup.")


def _closed(config: Config) -> list[tuple[ConsultationId, Path]]:
    folder = config.data / "consultations" / CLOSED
    return [(ConsultationId(path.stem), path) for path in sorted(folder.glob(f"*{SUFFIX}"))]


def _asked(config: Config, consultation: str) -> list[tuple[ConsultationId, Path]]:
    """One, or all that are over. Raises `WrongArgument`."""
    closed = _closed(config)
    if not consultation:
        return closed
    wanted = consultation_id(consultation)
    found = [(one, log) for one, log in closed if one == wanted]
    if not found:
        raise WrongArgument("No consultation of this id is over; while it goes on it is not sealed.")
    return found


def _sealed(config: Config, consultation: ConsultationId) -> Manifest | None:
    try:
        return sealed_manifest(keyring_of(config).folder(consultation))
    except ArchiveError as error:
        raise WrongArgument(f"The manifest of {consultation} cannot be read: {error}.") from None


def _line(manifest: Manifest | None) -> str:
    if manifest is None:
        return "not sealed"
    sealed = datetime.fromtimestamp(manifest.sealed_unix_ms / 1000, UTC).isoformat(timespec="seconds")
    tracks = sum(bool(track.file) for track in manifest.tracks)
    seconds = max((track.t_end for track in manifest.tracks), default=0) // 1_000_000
    counts = manifest.counts
    lacks = f"lost {counts.lost}, left out {counts.dropped}, damaged {counts.damaged_us / 1e6:.1f} s"
    places = f", {len(manifest.damages)} damaged places" if manifest.damages else ""
    return f"sealed {sealed}  {tracks} tracks, {seconds} s  {lacks}{places}"
