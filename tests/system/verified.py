"""What `verify.py` says of a recording as on another machine: the one file out of an exported bundle, run by a Python
that has `cryptography` and nothing of ours."""

import json
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recordings import Ending
from recordings.export import Progress, Wishes, Workplace, open_sealed, write_bundle
from recordings.manifest import MANIFEST, Manifest
from recordings.seal import LOG, seal
from sefaw_rtc.service.clock import unix_ms
from tests.keys import keyring_of_server
from tests.system.recorded import Kept, RecordedCall, log_of

_ALONE = ("cryptography", "cffi", "_cffi_backend*.so")
SOUND, UNWITNESSED, NO_BUNDLE = 8, 4, 6  # exits: nobody we trust says so; nobody witnessed it; there is no manifest


@dataclass(frozen=True)
class Bare:
    """`folder`: for the packages that this Python has, and for the files that are looked at."""

    folder: Path

    def __post_init__(self) -> None:
        installed = Path(sysconfig.get_path("purelib"))
        (self.folder / "packages").mkdir(parents=True)
        for path in (path for name in _ALONE for path in installed.glob(name)):
            (self.folder / "packages" / path.name).symlink_to(path)
        assert self._run("-c", "import recordings").returncode == 1, "it is not alone"

    def asked(self, bundle: Path, program: Path, *arguments: str) -> dict[str, Any]:
        """What the program says of a bundle."""
        done = self._run(str(program), str(bundle), "--json", *arguments)
        said: dict[str, Any] = json.loads(done.stdout)
        assert (said["exit"], done.stderr) == (done.returncode, b"")
        return said

    def program_of(self, bundle: Path) -> Path:
        """Out of the bundle."""
        with zipfile.ZipFile(bundle) as archive:
            return Path(archive.extract("verify.py", self.folder))

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        environment = {"PYTHONPATH": str(self.folder / "packages"), "LANG": "C.UTF-8"}
        command = [sys.executable, "-S", "-s", *arguments]
        return subprocess.run(command, check=False, capture_output=True, cwd="/", env=environment, timeout=60)

    def left_by_a_kill(self, call: RecordedCall, found: Kept) -> dict[str, Any]:
        """What is on the disk now, copied to another place, is sealed there and exported; what is said of it. (That
        this life ended here the next start writes into the log.)"""
        data = self.folder / "data"
        shutil.copytree(call.data, data)
        bundle, manifest = _sealed(data, call)
        key = keyring_of_server(data).open(call.id).raw.hex()
        said = self.asked(bundle, self.program_of(bundle), "--key", key, "--consultation", call.id)
        assert (said["exit"], said["integrity"]["answer"]) == (SOUND, "partly")
        says_truly(said, manifest, found)
        verify(data)
        shutil.rmtree(data)
        return said

    def left_at_the_end(self, call: RecordedCall) -> None:
        """The server was killed after the hanging up: a seal holds, or there is none, and both programs say which. The
        process that seals is another one, and may come to its end just now."""
        log, from_here = log_of(call.data, call.id), Path(__file__).parents[2] / "recordings/verify.py"
        was, said, then = _is_sealed(call), self.asked(call.folder, from_here), _is_sealed(call)
        assert was <= ("refused" not in said) <= then
        assert ("refused" in said) == (said["exit"] == NO_BUNDLE)
        if log is not None and log.parent.name == "closed":
            done = _ours("verify", "--data", str(call.data))
            assert then <= (done.returncode == 0) <= _is_sealed(call)
            assert ("as sealed" if done.returncode == 0 else "not sealed") in done.stdout

    def exported(self, call: RecordedCall, manifest: Manifest, found: Kept) -> None:
        """The whole way, once it is sealed and logged: the program's own export, with the node's own key."""
        bundle = self.folder / "consultation.zip"
        done = _ours("export", call.id, "--sealed", "--to", str(bundle), "--data", str(call.data), "--why", "torture")
        assert done.returncode == 0, done.stderr
        log_key = (call.data / "tlog/log.vkey").read_text("utf-8").strip()
        key = keyring_of_server(call.data).open(call.id).raw.hex()
        said = self.asked(bundle, self.program_of(bundle), "--log-key", log_key, "--key", key)
        bundle.unlink()
        assert (said["exit"], said["integrity"]["answer"]) == (UNWITNESSED, "yes")
        assert one(said, "integrity", "checked", "sealed_in_log")
        says_truly(said, manifest, found, added=1)  # the export stands in the log first


def says_truly(said: dict[str, Any], manifest: Manifest, found: Kept, added: int = 0) -> None:
    """Against what another reader finds in the same files: nothing was changed nor is missing, and what the recording
    lacks is told. `added`: events that came after it was read."""
    assert said["integrity"]["problem"] == said["completeness"]["problem"] == []
    counts = one(said, "completeness", "said", "counts")
    assert (counts["packets"], manifest.counts.packets) == (len(found.times), len(found.times))
    assert one(said, "completeness", "checked", "events")["count"] == len(found.log.events) + added
    places = [(place["file"], place["offset"], place["reason"]) for place in every(said, "damaged")]
    damages = [(damage.file, damage.offset, damage.reason.value) for damage in found.damages]
    assert [place for place in places if place[0] != LOG] == damages
    assert any(place[0] == LOG for place in places) == (found.log.ending is not Ending.CLEAN)
    assert len(every(said, "gap")) == len(manifest.gaps)
    lacks = bool(places or every(said, "gap") or manifest.counts.damaged_us or counts["dropped"])
    assert said["completeness"]["answer"] == ("partly" if lacks else "yes")


def every(said: dict[str, Any], code: str) -> list[dict[str, Any]]:
    """What the recording says of what it lacks."""
    return [item for item in said["completeness"]["said"] if item["code"] == code]


def one(said: dict[str, Any], answer: str, part: str, code: str) -> dict[str, Any]:
    """The one sentence of this kind."""
    (item,) = (item for item in said[answer][part] if item["code"] == code)
    found: dict[str, Any] = item
    return found


def _sealed(data: Path, call: RecordedCall) -> tuple[Path, Manifest]:
    keyring, log = keyring_of_server(data), log_of(data, call.id)
    assert log is not None
    over = data / "consultations/closed" / log.name
    log.rename(over)
    manifest = seal(keyring.folder(call.id), keyring, over, unix_ms())
    work, bundle = data / "work", data / "consultation.zip"
    work.mkdir()
    with bundle.open("w+b") as out:
        sealed = open_sealed(keyring.folder(call.id), over, keyring)
        progress = Progress(lambda _done, _of, _step: None)
        write_bundle(
            sealed, None, Wishes(only_sealed=True), Workplace(work, call.id), out, progress, lambda _digest: {}
        )
    return bundle, manifest


def verify(data: Path) -> None:
    """What the program says that whoever runs the server asks: all that is over is as it was sealed."""
    done = _ours("verify", "--data", str(data))
    assert done.returncode == 0, done.stdout
    assert "as sealed" in done.stdout


def _is_sealed(call: RecordedCall) -> bool:
    return (call.folder / MANIFEST).exists()


def _ours(*arguments: str) -> "subprocess.CompletedProcess[str]":
    program = str(Path(sys.executable).with_name("sefaw-rtc"))
    return subprocess.run([program, "recordings", *arguments], check=False, capture_output=True, text=True)
