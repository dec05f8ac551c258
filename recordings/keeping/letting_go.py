"""Removing what a sealed consultation does not need any more: its media journal, once what was made of it has been read
back, and in the end the media themselves. The manifest stays as it was, and so do log, snapshots and proofs."""

import shutil
from collections.abc import Collection
from pathlib import Path

from recordings.crypt import DataKey
from recordings.errors import FileDamaged, NotAuthentic
from recordings.fast_lane import FAST
from recordings.files import CHUNK, SealedFile
from recordings.journal import segments_of
from recordings.keeping.retention import Class
from recordings.manifest import FileKind, Manifest, describe
from recordings.projection import TRACKS
from recordings.replay.preparing import FOLDER as MADE
from recordings.storage import sync_folder, typed


def read_back(folder: Path, manifest: Manifest, key: DataKey) -> bool:
    """Whether all that people saw and heard of the journal can be had without it: every run has a file, and every file
    is what was sealed, and opens to its end; the fast lane's too. Reports are in the journal alone, and of what was
    sealed before there was a file of the fast lane, that. Raises `StorageFailed`."""
    return has_all_tracks(manifest) and all(
        describe(folder / one.name, one.name, one.kind) == one and _opens(folder, one.name, manifest, key)
        for one in manifest.files
        if one.kind is FileKind.TRACK or one.name == FAST
    )


def has_all_tracks(manifest: Manifest) -> bool:
    """Whether every run that has packets has a file: the part of `read_back` that no file is needed for."""
    return all(track.file or not track.packets for track in manifest.tracks)


def drop_journal(folder: Path) -> bool:
    """Remove the segments; whether there were any. Raises `StorageFailed`; the next try goes on."""
    segments = segments_of(folder)
    try:
        for one in segments:
            one.path.unlink(missing_ok=True)
    except OSError as error:
        raise typed(error) from None
    if segments:
        sync_folder(folder)
    return bool(segments)


def drop_media(folder: Path) -> bool:
    """Remove journal, fast lane, tracks and what was made of them for replays; whether there was any. Raises
    `StorageFailed`."""
    found = drop_journal(folder)
    for name, remove in ((FAST, Path.unlink), (TRACKS, shutil.rmtree), (MADE, shutil.rmtree)):
        try:
            remove(folder / name)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise typed(error) from None
        found = True
    if found:
        sync_folder(folder)
    return found


def drop_aged(folder: Path, aged: Collection[str]) -> bool:
    """Remove again what these classes' clocks had removed, and what came back since: somebody had it fetched at that
    moment. Whether there was any. Raises `StorageFailed`."""
    if Class.MEDIA in aged:
        return drop_media(folder)
    return Class.JOURNAL in aged and drop_journal(folder)


def _opens(folder: Path, name: str, manifest: Manifest, key: DataKey) -> bool:
    try:
        with SealedFile(folder / name, manifest.consultation, name, key) as file:
            while file.read(CHUNK):
                pass
            return file.tell() == file.size
    except (FileDamaged, NotAuthentic):
        return False
