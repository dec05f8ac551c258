"""The teaching copy of a consultation: what names people is taken out by the rules of `recordings.deidentify`, faces,
rooms and screens are left out, voices too unless they were asked for. It says what it cannot promise. Nothing that
proves anything is in it: proofs would name the consultation."""

import io
import os
import zipfile
from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec
from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError

from recordings.deidentify import CopyKey, NotCleanable, PictureWishes, WhatWasDone, clean_log, clean_picture, told
from recordings.dicom import part10
from recordings.export.bundle import EVENTS, README, event_lines, readme
from recordings.export.names import entry_name
from recordings.export.pack import Bundle, Progress, Sink
from recordings.export.sealed import Sealed, plain_chunks
from recordings.export.whose import Played
from recordings.export.wishes import Wishes
from recordings.export.words import LANGUAGES, words
from signalling.fold import fold_all
from signalling.state import State
from signalling.vocabulary import ConsentUse, Purpose

PICTURE_MOST: Final = 256 * 1024 * 1024  # an instance is held in memory, twice
_DICOM: Final = "dicom/"
_UNREADABLE: Final = (InvalidDicomError, ValueError, TypeError, AttributeError, KeyError, NotImplementedError, OSError)


class NotAgreed(Exception):  # noqa: N818 - what is the matter
    """There is no consent to a teaching copy, or none any more."""


def may_teach(state: State, now_unix_ms: int) -> bool:
    """Whether the consent that holds now, if one does, is for teaching too."""
    held = state.recording.consent
    if held is None or ConsentUse.TEACHING not in held.consent.uses:
        return False
    return held.consent.until == 0 or now_unix_ms < held.consent.until


def write_teaching(
    sealed: Sealed, parts: zipfile.ZipFile | None, wishes: Wishes, out: Sink, progress: Progress, now_unix_ms: int
) -> None:
    """`parts`: DICOM instances below `dicom/`. Raises `NotAgreed`, `ArchiveError`."""
    if not may_teach(fold_all(sealed.log.events), now_unix_ms):
        raise NotAgreed("no consent to teaching")
    key = CopyKey(os.urandom(32))
    entries = [one for one in parts.infolist() if one.filename.startswith(_DICOM)] if parts else []
    kept = [one for one in sealed.played if _is_kept(one, wishes)]
    progress.of = sum(sealed.where(one.track.file).stat().st_size for one in kept) + sum(
        one.file_size for one in entries
    )
    _, events, done = clean_log(sealed.log.header, sealed.log.events, key, wishes.language)
    with Bundle(out, progress) as bundle:
        bundle.put(EVENTS, event_lines(events))
        progress.step("pictures")
        not_cleaned = _put_pictures(parts, entries, key, bundle, done)
        progress.step("tracks")
        for one in kept:
            folder = "video" if one.is_video else "voice"
            bundle.put(entry_name(folder, one.name.rpartition("/")[2]), plain_chunks(sealed.open(one)))
        counts = _counts(sealed.played, wishes, not_cleaned)
        bundle.put("what-was-done.json", [_data(done, counts)])
        bundle.put("what-was-done.txt", [_text(done, counts)])
        bundle.put(README, [readme("teaching", wishes)])


def _is_kept(one: Played, wishes: Wishes) -> bool:
    return one.purpose is Purpose.PROBE if one.is_video else wishes.voice


def _put_pictures(
    parts: zipfile.ZipFile | None, entries: list[zipfile.ZipInfo], key: CopyKey, bundle: Bundle, done: WhatWasDone
) -> int:
    """How many could not be cleaned."""
    refused = 0
    for number, entry in enumerate(entries, 1):
        if parts is None or not entry.filename.endswith(".dcm"):
            continue  # what says which marks were left out names them
        cleaned = _cleaned(parts, entry, key, done)
        if cleaned is None:
            refused += 1
        else:
            bundle.put(f"dicom/{number:05}.dcm", [cleaned])
    return refused


def _cleaned(parts: zipfile.ZipFile, entry: zipfile.ZipInfo, key: CopyKey, done: WhatWasDone) -> bytes | None:
    if entry.file_size > PICTURE_MOST:
        return None
    try:
        original: Dataset = dcmread(io.BytesIO(parts.read(entry)))
        # No boxes: nobody has looked. Of an ultrasound picture that says where its regions are, the rest goes black.
        copy, here = clean_picture(original, key, PictureWishes(boxes=()))
        data = part10(copy)
    except (NotCleanable, *_UNREADABLE):
        return None
    done.add(here)
    return data


def _counts(played: Iterable[Played], wishes: Wishes, not_cleaned: int) -> Counter[str]:
    counts: Counter[str] = Counter(not_cleaned=not_cleaned)
    for one in played:
        if one.is_video:
            counts["video" if _is_kept(one, wishes) else "tracks"] += 1
        else:
            counts["voices_in" if wishes.voice else "voices_out"] += 1
    return counts


def _data(done: WhatWasDone, counts: Counter[str]) -> bytes:
    return msgspec.json.encode(
        {
            "removed": {one.value: n for one, n in sorted(done.removed.items()) if n},
            "unsure": sorted(one.value for one in done.unsure),
            "media": {name: n for name, n in sorted(counts.items()) if n},
        }
    )


def _text(done: WhatWasDone, counts: Counter[str]) -> bytes:
    blocks = []
    for language in LANGUAGES:
        lines = told(done, language)
        lines += [words(language).say(f"done.{name}", n=n) for name, n in sorted(counts.items()) if n]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks).encode() + b"\n"
