"""Make a backup while the server runs. The database first, then the logs: whatever a log holds beyond the database's
moment is brought into it when the restored server starts."""

import hashlib
import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from sefaw_rtc.config import KEYS
from sefaw_rtc.keyring import SITE_KEY
from sefaw_rtc.operations.backup import collect
from sefaw_rtc.operations.backup.manifest import DATA, DIGEST, FORMAT, MANIFEST, Entry, Manifest, encode
from sefaw_rtc.operations.backup.target import Target, open_target
from sefaw_rtc.operations.failed import OperationFailed
from sefaw_rtc.store.store import FILE

Progress = Callable[[int, int], None]
"""Files done, files in this part."""


@dataclass(frozen=True)
class Made:
    """What a backup holds."""

    files: int
    size: int
    logs: int
    cut: int


def back_up(
    data: Path,
    path: Path,
    *,
    site_key: Path | None = None,
    with_keys: bool = False,
    progress: Progress = lambda _done, _all: None,
) -> Made:
    """Save the data directory in `path`, which must not exist. `site_key`: the file of that key, which never travels
    with what it opens. Raises OperationFailed; nothing is left then."""
    if not (data / FILE).is_file():
        raise OperationFailed(f"{data} holds no database: it is not a data directory of this server.")
    if path.absolute().is_relative_to(data.absolute()):
        raise OperationFailed(
            "The backup would lie inside the data directory; give a place outside, best another disk."
        )
    target = open_target(path)
    try:
        manifest = _fill(target, data, path.parent, _others(data, site_key, with_keys=with_keys), progress)
        target.finish()
    except OSError as error:
        target.abandon()
        raise OperationFailed(f"The backup {path} cannot be written: {error.strerror}.") from error
    except BaseException:  # Ctrl-C too: nothing is to look like a backup
        target.abandon()
        raise
    logs = sum(entry.name.endswith(collect.LOG) for entry in manifest.files)
    return Made(len(manifest.files), sum(entry.size for entry in manifest.files), logs, manifest.cut)


@dataclass(frozen=True)
class _Others:
    """What there is besides the database and the logs."""

    with_keys: bool
    listed: Callable[[], list[str]]


def _others(data: Path, site_key: Path | None, *, with_keys: bool) -> _Others:
    apart = {f"{KEYS}/{SITE_KEY}"}
    if site_key is not None and site_key.resolve().is_relative_to(data.resolve()):
        apart.add(site_key.resolve().relative_to(data.resolve()).as_posix())
    return _Others(with_keys, lambda: collect.others(data, with_keys=with_keys, apart=frozenset(apart)))


def _fill(target: Target, data: Path, beside: Path, others: _Others, progress: Progress) -> Manifest:
    began = int(time.time())
    with TemporaryDirectory(prefix=".sefaw-backup-", dir=beside) as folder:
        copy = Path(folder) / FILE
        schema = collect.copy_database(data, copy)
        with copy.open("rb") as stream:
            entries = [_add(target, FILE, stream, copy.stat().st_size)]
    cut = _copy_twice(lambda: collect.logs(data), target, data, entries, progress)
    _copy_twice(others.listed, target, data, entries, progress)
    manifest = Manifest(
        format=FORMAT,
        program=metadata.version("sefaw-rtc"),
        schema=schema,
        made_s=began,
        with_keys=others.with_keys,
        cut=cut,
        files=entries,
    )
    _seal(target, manifest)
    return manifest


def _copy_twice(
    listed: Callable[[], list[str]], target: Target, data: Path, entries: list[Entry], progress: Progress
) -> int:
    """What is moved between the first list and its copy (a picture that is said, the log of a consultation that
    closes) is in the second list. How many logs were cut."""
    cut = 0
    for _pass in range(2):
        known = {entry.name for entry in entries}
        cut += _copy(target, data, [name for name in listed() if name not in known], entries, progress)
    return cut


def _copy(target: Target, data: Path, names: list[str], entries: list[Entry], progress: Progress) -> int:
    """Copy these files; how many logs were cut."""
    cut = 0
    for done, name in enumerate(names, start=1):
        source = collect.opened(data, name)
        if source is not None:
            with source.stream:
                entries.append(_add(target, name, source.stream, source.size))
            cut += source.cut
        progress(done, len(names))
    return cut


def _add(target: Target, name: str, stream: BinaryIO, size: int) -> Entry:
    entry = target.add(f"{DATA}/{name}", stream, size)
    return Entry(name=name, size=entry.size, sha256=entry.sha256)


def _seal(target: Target, manifest: Manifest) -> None:
    """The manifest comes last: what has none is no backup."""
    text = encode(manifest)
    target.add(MANIFEST, io.BytesIO(text), len(text))
    digest = f"{hashlib.sha256(text).hexdigest()}  {MANIFEST}\n".encode()  # as sha256sum writes and checks it
    target.add(DIGEST, io.BytesIO(digest), len(digest))
