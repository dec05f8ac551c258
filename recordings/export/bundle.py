"""The bundle of a consultation: what was sealed, as it was sealed, with its proofs and the program that checks them;
and, in the clear, what people and other programs can use of it. docs/archive.md says what is where."""

import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, Final

import msgspec

from recordings import verify
from recordings.dicom import Occasion
from recordings.export.film import can_encode
from recordings.export.pack import CHUNK, Bundle, Progress, Sink
from recordings.export.sealed import Sealed, Workplace, chunks_of, plain_chunks
from recordings.export.side_by_side import Scene, film
from recordings.export.videos import FRAME_COST, NoVideo, filmed_probes, put_videos
from recordings.export.wishes import Wishes
from recordings.export.words import LANGUAGES, words
from recordings.fhir import Exported, bundle_bytes
from recordings.leaves import PROOF
from recordings.manifest import EXPORT, MANIFEST
from signalling.canonical import canonical
from signalling.codec import encode_event
from signalling.events import Event
from signalling.fold import fold_all

README: Final = "README.txt"
VERIFY: Final = "verify.py"
EVENTS: Final = "events.jsonl"
SIDE_BY_SIDE: Final = "side-by-side.mp4"
_PROOFS: Final = (".tlog-proof", ".tsr", ".vkey")  # what proves; the salts of other leaves stay here
_FILM: Final = "film.mp4"

Anchor = Callable[[str], Mapping[str, bytes]]
"""Takes the SHA-256 of `export.json`; gives files of `proof/`: that it is in the log, and what else it knows of."""


class CannotFilm(Exception):  # noqa: N818 - the reason
    """This machine has no encoder of H.264, or there is nothing to be seen or heard."""


def write_bundle(
    sealed: Sealed, parts: zipfile.ZipFile | None, wishes: Wishes, work: Workplace, out: Sink, progress: Progress,
    anchor: Anchor,
) -> None:  # fmt: skip
    """`parts`: what only the server has (`dicom/…`, `attachments/…`), under those names. Raises `ArchiveError`,
    `CannotFilm`."""
    progress.of = _cost(sealed, wishes)
    with Bundle(out, progress) as bundle:
        _put_sealed(sealed, bundle, progress)
        if not wishes.only_sealed:
            _put_clear(sealed, parts, wishes, work, bundle, progress)
        bundle.put(README, [readme("readme", wishes)])
        bundle.put(VERIFY, [Path(verify.__file__).read_bytes()])
        listed = bundle.listed(sealed.manifest.consultation)
        bundle.put(EXPORT, [bytes(listed)], listed=False)
        _put_proofs(sealed, bundle, anchor(listed.digest))


def write_film(sealed: Sealed, wishes: Wishes, target: Any, progress: Progress) -> None:
    """The side-by-side video alone. Raises `CannotFilm`, `ArchiveError`."""
    scene = scene_of(sealed, wishes)
    progress.of = scene.frames * FRAME_COST
    progress.step("side_by_side")
    film(scene, target, lambda: progress.add(FRAME_COST))


def scene_of(sealed: Sealed, wishes: Wishes) -> Scene:
    """Raises `CannotFilm`."""
    played = sealed.played
    if not can_encode() or not played:
        raise CannotFilm("no encoder" if played else "nothing was recorded")
    began = sealed.log.header.started_unix_us
    return Scene(played, sealed.open, began, sealed.manifest.gaps, words(wishes.language))


def film_head(sealed: Sealed, wishes: Wishes) -> int:
    """How much of the side-by-side video's beginning is written again at its end."""
    return scene_of(sealed, wishes).head


def event_lines(events: list[Event]) -> Iterator[bytes]:
    """One event a line, as the wire has it."""
    for event in events:
        yield encode_event(event) + b"\n"


def occasion_of(sealed: Sealed, software: str) -> Occasion:
    state = fold_all(sealed.log.events)
    header = sealed.log.header
    began = datetime.fromtimestamp(header.started_unix_us / 1_000_000, UTC).astimezone()
    return Occasion(header.consultation, state.patient, began, state.requester, software)


def _cost(sealed: Sealed, wishes: Wishes) -> int:
    """In bytes, or what takes as long."""
    whole = sum(one.size for one in sealed.files)
    if wishes.only_sealed:
        return whole
    whole += sum(sealed.where(one.track.file).stat().st_size for one in sealed.played)
    whole += sum(one.track.frames * FRAME_COST for one in filmed_probes(sealed) if one.track.codec.upper() != "H264")
    if wishes.side_by_side:
        whole += scene_of(sealed, wishes).frames * FRAME_COST
    return whole


def _put_sealed(sealed: Sealed, bundle: Bundle, progress: Progress) -> None:
    progress.step("sealed")
    bundle.put(MANIFEST, [bytes(sealed.manifest)], listed=False)
    for one in sealed.files:
        bundle.put(one.name, chunks_of(sealed.where(one.name)), listed=False)
    if sealed.gone:
        bundle.put(verify.LET_GO, [canonical({"files": sorted(sealed.gone)})])


def _put_proofs(sealed: Sealed, bundle: Bundle, proofs: Mapping[str, bytes]) -> None:
    """Those that the log gave now; what else was kept."""
    for name, data in proofs.items():
        bundle.put(f"{PROOF}/{name}", [data], listed=False)
    for path in sorted((sealed.folder / PROOF).glob("*")):
        if path.name not in proofs and path.suffix in _PROOFS and not path.name.startswith((".", "export")):
            bundle.put(f"{PROOF}/{path.name}", chunks_of(path), listed=False)


def _put_clear(
    sealed: Sealed, parts: zipfile.ZipFile | None, wishes: Wishes, work: Workplace, bundle: Bundle, progress: Progress
) -> None:
    header, events = sealed.log.header, sealed.log.events
    progress.step("tracks")
    for one in sealed.played:
        bundle.put(one.name, plain_chunks(sealed.open(one)))
    if wishes.side_by_side:
        _put_film(sealed, wishes, work, bundle, progress)
    progress.step("pictures")
    left_out = put_videos(
        sealed, occasion_of(sealed, wishes.software), work, (bundle, progress), header.started_unix_us
    )
    if left_out:
        bundle.put("dicom/videos-left-out.json", [_left_out(left_out)])
    if parts is not None:
        for entry in parts.infolist():
            bundle.put(entry.filename, _unpacked(parts, entry))
    progress.step("events")
    bundle.put(EVENTS, event_lines(events))
    exported = Exported(wishes.software, _zone(), with_chat=True)
    bundle.put("fhir.json", [bundle_bytes(header, events, exported)])


def _put_film(sealed: Sealed, wishes: Wishes, work: Workplace, bundle: Bundle, progress: Progress) -> None:
    progress.step("side_by_side")
    scene = scene_of(sealed, wishes)
    writer = work.write(_FILM, scene.head)
    try:
        film(scene, writer, lambda: progress.add(FRAME_COST))
        writer.close()
    finally:
        writer.discard()
    bundle.put(f"play/{SIDE_BY_SIDE}", plain_chunks(work.read(_FILM)))
    work.drop(_FILM)


def _unpacked(parts: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with parts.open(entry) as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _left_out(left_out: list[NoVideo]) -> bytes:
    return msgspec.json.encode(left_out)


def readme(key: str, wishes: Wishes) -> bytes:
    """In both languages, the one that was asked for first."""
    order = sorted(LANGUAGES, key=lambda language: language is not wishes.language)
    kind = "sealed" if wishes.only_sealed else "clear"
    return "\n\n".join(words(one).say(f"{key}.{kind}") for one in order).encode() + b"\n"


def _zone() -> tzinfo:
    return datetime.now(UTC).astimezone().tzinfo or UTC
