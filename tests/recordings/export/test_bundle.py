"""The bundle: what is in it, that others read it, that verify.py finds whatever is done to it, and that nothing of it
is there when it was not finished."""

import io
import json
import os
import resource
import signal
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import av
import msgspec
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of pydantic, about fields named as its own methods
    from fhir.resources.R4B import get_fhir_model_class

from recordings import verify
from recordings.crypt import DataKey
from recordings.errors import Erased, NotSealed
from recordings.export import ExportKind, Wishes
from recordings.exporting import OUT, PARTS, Ended, Listed, Step, Task
from recordings.files import SealedFile, SealedWriter
from recordings.manifest import MANIFEST, ExportList
from signalling.codec import decode_event
from tests.recordings.export.made import MADE_KEY, SCRIPT, Done, bodies, export, sealed, task
from tests.recordings.sealed import Archive
from tests.recordings.segments import CONSULTATION

CLEAR = [
    "README.txt",
    "dicom/video/0001.dcm",
    "events.jsonl",
    "export.json",
    "fhir.json",
    "play/001-probe.mp4",
    "play/002-voice.webm",
    "play/003-face.webm",
    "play/004-voice.webm",
    "verify.py",
]
SEALED = [
    "log",
    "manifest.json",
    "media/media-000001.seg",
    "tracks/1.frames",
    "tracks/1.mp4",
    "tracks/2.webm",
    "tracks/3.frames",
    "tracks/3.webm",
    "tracks/4.webm",
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return sealed(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def bundle(made: Archive) -> Done:
    return export(task(made, ExportKind.BUNDLE))


def checked(path: Path, key: bytes | None = None) -> verify.Verification:
    found = verify.Verification(verify.open_bundle(str(path)), verify.Trust([], [], [], key))
    found.run()
    return found


def problems(found: verify.Verification) -> list[str]:
    return [str(one.facts.get("file", one.code)) for answer in found.answers.values() for one in answer.problems]


def test_everything_is_in_it(bundle: Done) -> None:
    assert bundle.zip.testzip() is None
    assert sorted(bundle.zip.namelist()) == sorted(CLEAR + SEALED)
    steps = [one for one in bundle.said if isinstance(one, Step)]
    assert [one.done for one in steps] == sorted(one.done for one in steps)
    assert len(steps) <= 110
    assert {one.name for one in steps} >= {"sealed", "tracks", "pictures", "events"}


def test_sealed_alone_nothing_in_it_can_be_read(made: Archive, tmp_path: Path) -> None:
    done = export(task(made, ExportKind.BUNDLE, Wishes(only_sealed=True)))
    assert sorted(done.zip.namelist()) == sorted([*SEALED, "README.txt", "export.json", "verify.py"])
    assert b"gallbladder" not in done.data
    path = tmp_path / "sealed.zip"
    path.write_bytes(done.data)
    found = checked(path, made.keyring.open(CONSULTATION).raw)
    assert (found.exit, problems(found)) == (8, [])
    assert found.answers["completeness"].answer == "yes"
    assert any(one.code == "decrypted" for one in found.answers["integrity"].checked)


def test_it_is_what_verify_says(bundle: Done, tmp_path: Path) -> None:
    """As a ZIP and as a folder, by the program in it, alone with Python and cryptography."""
    path = tmp_path / "bundle.zip"
    path.write_bytes(bundle.data)
    folder = bundle.unpack(tmp_path / "unpacked")
    for where in (path, folder):
        found = checked(where)
        assert found.exit == 8, "whole and unchanged, and nobody we trust says so"
        assert found.answers["integrity"].answer == "partly"
        assert found.answers["completeness"].answer == "yes"
        assert not [one for one in found.answers["integrity"].unchecked if one.code == "not_listed"]
    command = [sys.executable, "-I", str(folder / "verify.py"), str(path), "--lang", "zh"]
    ran = subprocess.run(command, capture_output=True, check=False, cwd=tmp_path)
    assert ran.returncode == 8, ran.stderr
    assert "无缺失: 是" in ran.stdout.decode()


@pytest.mark.parametrize("name", sorted(CLEAR + SEALED))
def test_one_bit_anywhere_is_found(bundle: Done, tmp_path: Path, name: str) -> None:
    folder = bundle.unpack(tmp_path / "b")
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    found = checked(folder)
    # Of a list of others: what it says of one of them is not theirs any more, or it is no list.
    assert name in problems(found) or (name in {"manifest.json", "export.json"} and problems(found))
    assert found.exit in {1, 3}
    assert found.answers["integrity"].answer == "no"


@pytest.mark.parametrize("name", sorted({*CLEAR, *SEALED} - {"export.json", MANIFEST}))
def test_a_file_that_is_gone_is_missed(bundle: Done, tmp_path: Path, name: str) -> None:
    folder = bundle.unpack(tmp_path / "b")
    (folder / name).unlink()
    found = checked(folder)
    assert name in problems(found)
    assert found.exit == 3


def test_the_proof_of_the_list_comes_after_the_list(made: Archive) -> None:
    done = export(task(made, ExportKind.BUNDLE), {"export.tlog-proof": b"proof"})
    assert done.zip.namelist()[-2:] == ["export.json", "proof/export.tlog-proof"]
    listed = msgspec.json.decode(done.zip.read("export.json"), type=ExportList)
    assert listed.consultation == CONSULTATION
    assert sorted(one.name for one in listed.files) == sorted({*CLEAR} - {"export.json"})


def test_kept_proofs_go_with_it_and_salts_stay(made: Archive) -> None:
    proof = made.folder / "proof"
    proof.mkdir(exist_ok=True)
    for name in (
        "sealed.tlog-proof",
        "sealed.tsr",
        "log.vkey",
        "consultation.salt",
        "consent.leaf",
        "export-1.tlog-proof",
    ):
        (proof / name).write_bytes(b"x")
    names = export(task(made, ExportKind.BUNDLE)).zip.namelist()
    for path in proof.iterdir():
        path.unlink()
    assert {name for name in names if name.startswith("proof/")} == {
        "proof/sealed.tlog-proof",
        "proof/sealed.tsr",
        "proof/log.vkey",
    }


def test_the_tracks_play_as_they_were_sent(bundle: Done, made: Archive) -> None:
    for name, codec, track in (("play/001-probe.mp4", "h264", 1), ("play/003-face.webm", "vp8", 3)):
        file = f"tracks/{track}.{name.rpartition('.')[2]}"
        with SealedFile(made.folder / file, CONSULTATION, file, made.keyring.open(CONSULTATION)) as kept:
            assert bundle.zip.read(name) == kept.read()
        with av.open(io.BytesIO(bundle.zip.read(name))) as container:
            stream = container.streams.video[0]
            assert stream.codec_context.name == codec
            assert len(list(container.decode(stream))) > 80


def test_events_and_fhir_are_read_by_others(bundle: Done) -> None:
    lines = bundle.zip.read("events.jsonl").splitlines()
    events = [decode_event(line) for line in lines]
    assert [one.seq for one in events] == list(range(1, len(bodies()) + 1))
    assert SCRIPT in bundle.zip.read("events.jsonl").decode(), "what was said is there, as data"
    told = json.loads(bundle.zip.read("fhir.json"))
    kinds = {entry["resource"]["resourceType"] for entry in told["entry"]}
    assert kinds >= {"Patient", "Encounter", "Communication", "Provenance"}
    for entry in told["entry"]:
        get_fhir_model_class(entry["resource"]["resourceType"]).model_validate(entry["resource"])


def test_what_the_server_adds_is_in_the_list(made: Archive, tmp_path: Path) -> None:
    done = export(task(made, ExportKind.BUNDLE, parts=parts(tmp_path, {"dicom/PR/0001.dcm": b"dicom"})))
    assert done.zip.read("dicom/PR/0001.dcm") == b"dicom"
    assert b"dicom/PR/0001.dcm" in done.zip.read("export.json")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "C:x", "a\\b", "log", "dicom/../x", "play/001-probe.mp4"]
)
def test_a_name_that_climbs_or_is_taken_makes_no_bundle(made: Archive, tmp_path: Path, name: str) -> None:
    one = task(made, ExportKind.BUNDLE, parts=parts(tmp_path, {name: b"x"}))
    Path(one.out).unlink(missing_ok=True)
    with pytest.raises(ValueError, match="not a name"):
        export(one)
    assert not Path(one.out).exists()


def parts(folder: Path, files: dict[str, bytes]) -> Path:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    writer = SealedWriter(folder / PARTS, CONSULTATION, PARTS, DataKey(MADE_KEY), 0)
    writer.write(out.getvalue())
    writer.close()
    return folder / PARTS


def test_what_is_not_sealed_or_erased_is_not_exported(tmp_path: Path) -> None:
    made = sealed(tmp_path / "one")
    one = task(made, ExportKind.BUNDLE)
    (made.folder / MANIFEST).rename(tmp_path / MANIFEST)
    with pytest.raises(NotSealed):
        export(one)
    (tmp_path / MANIFEST).rename(made.folder / MANIFEST)
    with pytest.raises(Erased):
        export(msgspec.structs.replace(one, key=b""))


# ---- the process -----------------------------------------------------------------------------------------------------


def begun(one: msgspec.Struct, *, most: int = 0) -> subprocess.Popen[bytes]:
    """`most`: bytes that a file may have, as a full disk has it."""

    def bound() -> None:
        if most:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "recordings.exporting"]
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, preexec_fn=bound)  # noqa: PLW1509 - no threads here
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(one) + b"\n")
    process.stdin.flush()
    return process


def said(process: subprocess.Popen[bytes]) -> Step | Listed | Ended:
    assert process.stdout is not None
    return msgspec.json.decode(process.stdout.readline(), type=Step | Listed | Ended)


def test_as_a_process_it_asks_once_and_ends(made: Archive) -> None:
    one = task(made, ExportKind.BUNDLE)
    process = begun(one)
    while isinstance(found := said(process), Step):
        pass
    assert isinstance(found, Listed)
    assert os.getpriority(os.PRIO_PROCESS, process.pid) == 19
    assert process.stdin is not None
    process.stdin.write(b'{"files":{"export.tlog-proof":"cHJvb2Y="}}\n')
    process.stdin.flush()
    assert said(process) == Ended()
    process.communicate(timeout=20)
    with SealedFile(Path(one.out), CONSULTATION, OUT, DataKey(MADE_KEY)) as file:
        assert zipfile.ZipFile(io.BytesIO(file.read())).read("proof/export.tlog-proof") == b"proof"


def elsewhere(made: Archive, folder: Path) -> Task:
    """A bundle with a film, and all that is left of it, in a folder of the test's own."""
    one = task(made, ExportKind.BUNDLE, Wishes(side_by_side=True))
    return msgspec.structs.replace(one, work=str(folder), out=str(folder / "bundle"))


def test_killed_in_the_middle_there_is_no_bundle(made: Archive, tmp_path: Path) -> None:
    one = elsewhere(made, tmp_path)
    process = begun(one)
    assert isinstance(said(process), Step)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)
    assert not Path(one.out).exists()


def test_nobody_there_any_more_it_ends_by_itself(made: Archive, tmp_path: Path) -> None:
    process = begun(elsewhere(made, tmp_path))
    assert isinstance(said(process), Step)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(60) == 0


def test_a_full_disk_is_said_and_leaves_nothing(made: Archive) -> None:
    one = task(made, ExportKind.BUNDLE)
    Path(one.out).unlink(missing_ok=True)
    process = begun(one, most=1_000_000)
    while isinstance(found := said(process), Step):
        pass
    assert found == Ended("StorageFull")
    process.communicate(timeout=20)
    assert [path.name for path in made.data.glob("*bundle*")] == []
    assert list((made.data / "work").iterdir()) == []
