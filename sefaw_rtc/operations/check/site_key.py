"""Is the site key there, is it the archive's, and does it lie apart from what it opens?"""

from collections.abc import Iterator
from pathlib import Path

from recordings import ARCHIVE, ArchiveError, expected_site_key
from sefaw_rtc.config import Config
from sefaw_rtc.errors import ConfigError
from sefaw_rtc.keyring import site_key, site_key_file
from sefaw_rtc.operations.check.finding import Finding, ok, problem, warning

_AREA = "site key"
_APART = "Move it to another disk, or another machine's mount, and name it in archive.site_key_file."


def examine(config: Config) -> Iterator[Finding]:
    path = site_key_file(config)
    yield from _fits(config, path)
    if config.archive.pkcs11_library:
        yield ok(_AREA, "It is in a PKCS#11 token, and never leaves it.")
    elif path is None:
        yield ok(_AREA, "It comes from the environment, and lies on no disk with the archive.")
    else:
        yield _place(path, config.data)


def _fits(config: Config, path: Path | None) -> Iterator[Finding]:
    do = "Bring the right one from where its copy is kept: nothing else opens what is sealed."
    try:
        needed, held = expected_site_key(config.data / ARCHIVE), site_key(config)
    except (ArchiveError, ConfigError) as error:
        yield problem(_AREA, f"It cannot be looked at: {error}", "Correct that; the server does not start before.")
        return
    if held is None and needed:
        yield problem(_AREA, f"There is no file {path}, and the archive is sealed with the key {needed}.", do)
    elif held is None:
        yield ok(_AREA, f"{path} is made when the server first starts. Then keep a copy apart: no backup has it.")
    elif needed not in {"", held.name}:
        yield problem(_AREA, f"It is {held.name}, and the archive is sealed with {needed}.", do)
    elif needed:
        yield ok(_AREA, f"It is the one that the archive is sealed with ({needed}).")


def _place(path: Path, data: Path) -> Finding:
    if path.resolve().is_relative_to(data.resolve()):
        return warning(_AREA, "It lies in the data directory: whoever copies that can read all of it.", _APART)
    if _disk(path) == _disk(data):
        return warning(_AREA, "It lies on the same disk as the archive: whoever takes that can read all.", _APART)
    return ok(_AREA, "It lies on another disk than the archive.")


def _disk(path: Path) -> int:
    """The device of what there is of this path already."""
    there = next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())
    return there.stat().st_dev
