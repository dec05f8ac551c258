"""verify.py against real modifications of a real bundle: what it must find it finds, names and says apart; what is
made to harm it is refused; and it never writes."""

import ast
import hashlib
import io
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from recordings import DataKey, Keyring, LogWriter, framing, verify
from recordings.manifest import ExportList, Gap, Manifest, ManifestInvalid, by_name
from recordings.tlog.log import TransparencyLog
from recordings.tlog.note import Note
from recordings.tlog.stamp import verify_stamp
from signalling.ids import ConsultationId
from tests.keys import SITE
from tests.recordings.tlog import bundles
from tests.recordings.tlog.authority import Authority
from tests.recordings.tlog.bundles import GOLDEN, KEY, LOG, ONE, OTHER, WITNESS, Made


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Made:
    return bundles.make(tmp_path_factory.mktemp("one"), ONE, authority)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Made:
    return bundles.make(tmp_path_factory.mktemp("other"), OTHER, authority)


def copied(made: Made, folder: Path) -> Path:
    return Path(shutil.copytree(made.folder, folder / "bundle"))


def check(bundle: Path, *arguments: str) -> dict[str, Any]:
    """What verify.py says, as a program would read it."""
    out = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "print_out", lambda text: out.write(text.encode()))
        code = verify.main([str(bundle), "--json", *arguments])
    said: dict[str, Any] = json.loads(out.getvalue())
    assert said["exit"] == code
    return said


def codes(said: dict[str, Any], answer: str, part: str = "problem") -> list[str]:
    return [one["code"] for one in said[answer][part]]


def named(said: dict[str, Any], answer: str = "integrity") -> set[str]:
    return {one.get("file", "") for one in said[answer]["problem"]}


@contextmanager
def changed(path: Path, at: int, bits: int = 1) -> Iterator[None]:
    """A byte of a file changed, and put back."""
    data = path.read_bytes()
    path.write_bytes(data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :])
    try:
        yield
    finally:
        path.write_bytes(data)


# ---- what is right --------------------------------------------------------------------------------------------------


def test_an_untouched_bundle_gets_four_times_yes(made: Made) -> None:
    said = check(made.folder, *made.trust, f"--key={KEY.hex()}")
    assert {
        name: said[name]["answer"] for name in ("integrity", "completeness", "witnessed", "timestamped")
    } == dict.fromkeys(("integrity", "completeness", "witnessed", "timestamped"), "yes")
    assert said["exit"] == 0
    assert codes(said, "integrity", "checked") == [
        "files_right",
        "decrypted",
        "sealed_in_log",
        "export_in_log",
        "leaf_in_log",
    ]
    assert said["integrity"]["unchecked"] == []
    assert said["witnessed"]["until_unix_s"] == bundles.WITNESSED_AT
    assert {"log_whole", "events", "all_there", "segments"} == set(codes(said, "completeness", "checked"))


def test_a_zip_is_the_same(made: Made, tmp_path: Path) -> None:
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        path = zipped(made.folder, tmp_path / f"{kind}.zip", kind)
        assert check(path, *made.trust, f"--key={KEY.hex()}") == check(made.folder, *made.trust, f"--key={KEY.hex()}")


def test_what_nobody_vouches_for_is_said(made: Made, tmp_path: Path) -> None:
    said = check(made.folder)
    assert said["exit"] == 8
    assert {"own_key", "no_key"} <= set(codes(said, "integrity", "unchecked"))
    assert codes(said, "witnessed", "unchecked") == ["witness_unknown"]
    assert codes(said, "timestamped", "unchecked") == ["stamp_no_root"]
    assert check(made.folder, made.trust[0])["exit"] == 4
    assert check(made.folder, *made.trust[:2])["exit"] == 5
    bundle = copied(made, tmp_path)
    (bundle / "proof/sealed.tlog-proof").unlink()
    said = check(bundle, *made.trust)
    assert "no_proof" in codes(said, "integrity", "unchecked")
    assert said["integrity"]["answer"] != "yes"


def test_its_words_in_both_languages(made: Made) -> None:
    english = run(made.folder, *made.trust)
    chinese = run(made.folder, *made.trust, "--lang", "zh")
    assert english.returncode == chinese.returncode == 0
    assert english.stdout.decode().startswith("Integrity: yes")
    assert "见证至: 是, 2027-01-15" in chinese.stdout.decode()
    for code, pair in verify.WORDS.items():
        fields = [{part[1] for part in Formatter().parse(text) if part[1]} for text in pair]
        assert fields[0] == fields[1], code


def run(bundle: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """The file that is shipped, alone: no package of ours can be found."""
    command = [sys.executable, "-I", str(bundle / "verify.py"), str(bundle), *arguments]
    return subprocess.run(command, check=False, capture_output=True, cwd="/", timeout=60)


def test_it_imports_nothing_of_ours_and_speaks_python_3_9() -> None:
    source = Path(verify.__file__).read_text("utf-8")
    tree = ast.parse(source, feature_version=(3, 9))
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert {name.split(".")[0] for name in imported} - {"cryptography"} <= set(sys.stdlib_module_names)


def test_it_never_writes(made: Made, tmp_path: Path) -> None:
    bundle = copied(made, tmp_path)
    before = {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in tmp_path.rglob("*")}
    opened: list[tuple[object, object]] = []
    watching = [True]

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event == "open":
            opened.append((arguments[1], arguments[2]))

    sys.addaudithook(watch)
    check(bundle, *made.trust, f"--key={KEY.hex()}")
    watching.clear()
    writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    assert opened
    assert not [flags for _, flags in opened if isinstance(flags, int) and flags & writes]
    assert {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in tmp_path.rglob("*")} == before


# ---- one byte -------------------------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_changed_byte_of_any_file_is_found_and_its_file_named(made: Made, data: st.DataObject) -> None:
    """But for the proof of the export's own list, which no list holds: the next test is about it."""
    names = {p.relative_to(made.folder).as_posix() for p in made.folder.rglob("*") if p.is_file()}
    name = data.draw(st.sampled_from(sorted(names - {"proof/export.tlog-proof"})))
    path = made.folder / name
    at = data.draw(st.integers(0, path.stat().st_size - 1))
    with changed(path, at, data.draw(st.integers(1, 255))):
        said = check(made.folder, *made.trust)
    assert said["exit"] == 1
    assert name in named(said)


def test_a_certificate_whose_serial_number_is_none_is_a_change_and_no_crash(made: Made) -> None:
    """The library warns of such a one, and here warnings are errors."""
    path = made.folder / "proof/sealed.tsr"
    serials = [
        at + 7 for at in range(path.stat().st_size) if path.read_bytes()[at : at + 7] == b"\xa0\x03\x02\x01\x02\x02\x14"
    ]
    assert serials, "a certificate's version, then its serial number of 20 bytes"
    for at in serials:
        with changed(path, at, 0x80):
            said = check(made.folder, *made.trust)
        assert said["exit"] == 1
        assert "proof/sealed.tsr" in named(said)


def test_every_byte_of_the_export_s_own_proof_counts(made: Made) -> None:
    """Its cosignature is asked by nobody; all else is."""
    path = made.folder / "proof/export.tlog-proof"
    text = path.read_bytes()
    until = text.index("— witness".encode())
    for at in range(0, until, 3):
        with changed(path, at):
            assert "proof/export.tlog-proof" in named(check(made.folder, *made.trust)), at


@pytest.mark.parametrize("name", ["media/media-000001.seg", "log"])
def test_a_changed_byte_is_located_to_its_record(made: Made, name: str) -> None:
    data = (made.folder / name).read_bytes()
    offsets = [len(framing.HEADER)]
    for record in framing.scan(data).records:
        offsets.append(offsets[-1] + 8 + len(record))
    for number in (1, 2, len(offsets) - 2):
        with changed(made.folder / name, offsets[number] + 9):
            problem = next(p for p in check(made.folder, *made.trust)["integrity"]["problem"] if p["file"] == name)
        assert (problem["offset"], problem["end"]) == (offsets[number], offsets[number + 1])


def test_a_large_file_is_located_to_its_mebibyte(tmp_path: Path, authority: Authority) -> None:
    big = hashlib.shake_128(b"big").digest(3 * 1024 * 1024 + 77)
    made = bundles.make(tmp_path, ONE, authority, files={"tracks/2.webm": big})
    with changed(made.folder / "tracks/2.webm", 2 * 1024 * 1024 + 5):
        problem = check(made.folder, *made.trust)["integrity"]["problem"][0]
    assert (problem["offset"], problem["end"]) == (2 * 1024 * 1024, 3 * 1024 * 1024)


def test_new_checksums_do_not_help(made: Made, tmp_path: Path) -> None:
    bundle = copied(made, tmp_path)
    path = bundle / "media/media-000001.seg"
    records = framing.scan(path.read_bytes()).records
    records[1] = records[1][:20] + bytes([records[1][20] ^ 1]) + records[1][21:]
    path.write_bytes(framing.HEADER + b"".join(map(framing.frame, records)))
    said = check(bundle, *made.trust)
    assert said["exit"] == 1
    assert "checksums anew" in said["integrity"]["problem"][0]["text"]


# ---- whole files ----------------------------------------------------------------------------------------------------


def test_a_removed_segment_is_missing_and_the_rest_is_right(made: Made, tmp_path: Path) -> None:
    bundle = copied(made, tmp_path)
    (bundle / "media/media-000002.seg").unlink()
    said = check(bundle, *made.trust)
    assert (said["exit"], codes(said, "completeness"), named(said)) == (3, ["missing"], set())
    assert said["completeness"]["problem"][0]["file"] == "media/media-000002.seg"


def test_a_segment_removed_from_the_manifest_too_is_no_longer_what_was_sealed(made: Made, tmp_path: Path) -> None:
    bundle = copied(made, tmp_path)
    (bundle / "media/media-000001.seg").unlink()
    files = [f for f in made.manifest.files if f.name != "media/media-000001.seg"]
    less = Manifest(**{n: getattr(made.manifest, n) for n in made.manifest.__struct_fields__} | {"files": files})
    (bundle / "manifest.json").write_bytes(bytes(less))
    said = check(bundle, *made.trust)
    assert (said["exit"], named(said)) == (1, {"manifest.json", "proof/segment-1.tlog-proof"})


def test_a_truncated_log(made: Made, tmp_path: Path) -> None:
    bundle = copied(made, tmp_path)
    data = (bundle / "log").read_bytes()
    whole = framing.scan(data).records
    cut = len(data) - 8 - len(whole[-1])
    for end in (cut, cut - 5):
        (bundle / "log").write_bytes(data[:end])
        said = check(bundle, *made.trust)
        assert (said["exit"], codes(said, "integrity")) == (1, ["cut"])
        assert said["integrity"]["problem"][0]["offset"] == end


def test_a_log_that_went_on_after_the_seal_is_told_and_read(made: Made, tmp_path: Path) -> None:
    bundle = copied(made, tmp_path)
    with (bundle / "log").open("ab") as file:
        file.write(framing.frame(b"E" + bytes(40)))
    said = check(bundle, *made.trust)
    assert said["exit"] == 0
    assert "grown" in codes(said, "integrity", "unchecked")
    with (bundle / "log").open("ab") as file:
        file.write(b"torn")
    assert "log" in named(check(bundle, *made.trust))


def test_a_file_of_another_consultation(made: Made, other: Made, tmp_path: Path) -> None:
    for name in ("media/media-000001.seg", "log"):
        bundle = copied(made, tmp_path / name.replace("/", "_"))
        shutil.copyfile(other.folder / name, bundle / name)
        said = check(bundle, *made.trust)
        assert (said["exit"], codes(said, "integrity"), named(said)) == (1, ["other_consultation"], {name})


def test_the_whole_seal_of_another_consultation(made: Made, other: Made, tmp_path: Path) -> None:
    bundle = copied(made, tmp_path)
    for name in ("proof/sealed.tlog-proof", "proof/sealed.tsr"):
        shutil.copyfile(other.folder / name, bundle / name)
    assert "seal_of_another" in codes(check(bundle, *made.trust), "integrity")
    said = check(other.folder, *made.trust, f"--consultation={ONE}")
    assert codes(said, "integrity") == ["not_consultation"]


def test_a_file_that_nobody_speaks_of_is_told(made: Made, tmp_path: Path) -> None:
    bundle = copied(made, tmp_path)
    (bundle / "readme.txt").write_text("added")
    said = check(bundle, *made.trust)
    assert (said["exit"], codes(said, "integrity", "unchecked")) == (0, ["no_key", "not_listed"])


# ---- keys -----------------------------------------------------------------------------------------------------------


def test_the_wrong_data_key_is_told_and_opens_nothing(made: Made, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(bytes(32).hex())
    said = check(made.folder, *made.trust, f"--key={key}")
    assert (said["exit"], codes(said, "integrity")) == (7, ["wrong_key"])


def test_golden_segments_are_opened(tmp_path: Path) -> None:
    """The files that every reader of the format is held to."""
    shutil.copytree(GOLDEN, tmp_path / "golden")
    source = verify.Folder(str(tmp_path / "golden"))
    for expected in bundles.EXPECTED["segments"]:
        entry = verify.Entry(expected["file"], "media", 0, "", [])
        answer = verify.Answer()
        assert verify.check_media(source, entry, KEY, answer) == len(expected["chunks"])
        assert answer.problems == []


def test_golden_logs_are_read_sealed_and_in_the_clear() -> None:
    """The logs that every version has to read."""
    source = verify.Folder(str(GOLDEN.parent / "logs"))
    key = Keyring(GOLDEN.parent / "logs/sealed_v1", SITE).open(ConsultationId("abcdefghijklmnopqrstuvwxy2")).raw
    sealed, plain = (f"{kind}_v1/abcdefghijklmnopqrstuvwxy2.log" for kind in ("sealed", "plain"))
    for name, opened in ((sealed, 24), (plain, 0)):
        records = framing.scan((GOLDEN.parent / "logs" / name).read_bytes()).records
        head = hashlib.sha256(records[-1]).hexdigest()
        facts = verify.Manifest("", [], [], [], {}, len(records), head)
        answers = {name: verify.Answer() for name in ("integrity", "completeness")}
        entry = verify.Entry(name, "log", 0, "", [])
        assert verify.check_log(source, entry, facts, key, answers) == opened
        assert [one.problems for one in answers.values()] == [[], []]
        assert [one.facts for one in answers["completeness"].checked] == [{"count": len(records)}, {"count": 24}]
    with pytest.raises(verify.WrongKey):
        verify.check_log(source, verify.Entry(sealed, "log", 0, "", []), facts, bytes(32), answers)


def test_strangers_keys(made: Made) -> None:
    stranger = bundles.Signer(LOG.key.name, bundles.Ed25519PrivateKey.generate())
    said = check(made.folder, f"--log-key={stranger.key}", *made.trust[1:])
    assert said["exit"] == 1
    assert "proof/sealed.tlog-proof" in named(said)
    twin = bundles.Signer(WITNESS.key.name, bundles.Ed25519PrivateKey.generate(), bundles.COSIGNATURE)
    said = check(made.folder, made.trust[0], f"--witness={twin.key}", made.trust[2])
    assert said["exit"] == 4


@pytest.mark.parametrize(
    "arguments",
    [
        ["--log-key=nonsense"],
        ["--witness=" + str(LOG.key)],
        ["--key=abcd"],
        ["--tsa-root=/nowhere"],
        ["--checkpoint=/no"],
    ],
)
def test_called_wrongly(made: Made, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main([str(made.folder), *arguments]) == 2
    assert "cannot be read" in capsys.readouterr().err


# ---- sealed wrongly: what only the key, or the log's own numbers, can tell -------------------------------------------

CHUNK = bytes(8) + b"\x03\x06\x00\x01" + b"\x04\x04\x00\x01x"


def loose(folder: Path, *, seqs: Sequence[int] = (1, 2, 3), media: bytes = b"", **facts: Any) -> dict[str, Any]:
    """A bundle whose lists agree with its files, without proofs, and what is said of it with the key."""
    (folder / "media").mkdir(parents=True)
    with LogWriter.create(folder / "log", ONE, 0, DataKey(KEY)) as writer:
        for seq in seqs:
            writer.append(bundles.event(seq))
    (folder / "media/media-000001.seg").write_bytes(media or bundles.segment(ONE, 1, [CHUNK, CHUNK]))
    manifest = bundles.sealed(folder, ONE)
    log = replace(manifest.log, **facts)
    (folder / "manifest.json").write_bytes(bytes(replace(manifest, log=log)))
    return check(folder, f"--key={KEY.hex()}")


def test_a_loose_bundle_is_only_unproved(tmp_path: Path) -> None:
    said = loose(tmp_path / "b")
    assert (said["exit"], codes(said, "integrity"), codes(said, "completeness")) == (8, [], [])


@pytest.mark.parametrize(
    ("facts", "answer", "code"),
    [
        ({"records": 9}, "completeness", "log_short"),
        ({"head": "00" * 32}, "integrity", "log_head"),
        ({"seqs": (1, 2, 4)}, "completeness", "log_seq"),
        ({"seqs": (2, 3)}, "completeness", "log_seq"),
    ],
)
def test_a_log_that_is_not_what_its_manifest_says(
    tmp_path: Path, facts: dict[str, Any], answer: str, code: str
) -> None:
    said = loose(tmp_path / "b", **facts)
    assert (said["exit"], code in codes(said, answer)) == (1 if answer == "integrity" else 3, True)


def test_chunks_in_another_order(tmp_path: Path) -> None:
    first, *boxes = framing.scan(bundles.segment(ONE, 1, [CHUNK] * 4)).records
    swapped = [first, boxes[0], boxes[2], boxes[1], boxes[3]]
    said = loose(tmp_path / "b", media=framing.HEADER + b"".join(map(framing.frame, swapped)))
    assert [(p["code"], p["record"]) for p in said["integrity"]["problem"]] == [("box_bad", 3), ("box_bad", 4)]
    assert said["exit"] == 1


@pytest.mark.parametrize(
    "chunk", [CHUNK[:-1], bytes(8) + b"\x01\x06", bytes(8) + b"\xff" * 12, bytes(8) + b"\x85", bytes(3)]
)
def test_a_chunk_that_is_no_sequence_of_entries(tmp_path: Path, chunk: bytes) -> None:
    said = loose(tmp_path / "b", media=bundles.segment(ONE, 1, [CHUNK, chunk]))
    assert [(p["code"], p["record"]) for p in said["integrity"]["problem"]] == [("box_shape", 3)]


def test_gaps_are_said_and_are_no_fault_of_the_bundle(tmp_path: Path) -> None:
    loose(tmp_path / "b")
    path = tmp_path / "b/manifest.json"
    manifest = Manifest.parse(path.read_bytes())
    more = [replace(manifest.segments[0], number=n) for n in (1, 3)]
    gaps = [Gap(t_from=0, t_to=1_500_000, reason="paused"), Gap(t_from=2_000_000, t_to=3_000_000, reason="full")]
    path.write_bytes(bytes(replace(manifest, segments=tuple(more), gaps=tuple(gaps))))
    said = check(tmp_path / "b")
    assert said["completeness"]["answer"] == "partly"
    assert codes(said, "completeness", "said") == ["segment_gap", "counts", "gap", "gap"]
    path.write_bytes(bytes(replace(manifest, segments=())))
    assert "no_segments" in codes(check(tmp_path / "b"), "completeness", "said")


def test_proofs_of_something_else(made: Made, tmp_path: Path) -> None:
    bundle = copied(made, tmp_path)
    (bundle / "export.json").unlink()
    shutil.copyfile(bundle / "proof/segment-1.tlog-proof", bundle / "proof/sealed.tlog-proof")
    said = check(bundle, *made.trust)
    assert [p["text"] for p in said["integrity"]["problem"]] == ["proof/sealed.tlog-proof: it is about something else"]
    text = (made.folder / "proof/sealed.tlog-proof").read_bytes()
    (bundle / "proof/sealed.tlog-proof").write_bytes(text.replace(b"\nindex 301\n", b"\nindex 300\n"))
    assert "not in the log" in check(bundle, *made.trust)["integrity"]["problem"][0]["text"]


# ---- the log's past -------------------------------------------------------------------------------------------------


def test_a_checkpoint_that_was_kept(made: Made, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes((made.folder / "proof/sealed.tlog-proof").read_bytes().partition(b"\n\n")[2])
    assert "pinned_same" in codes(check(made.folder, *made.trust, f"--checkpoint={kept}"), "integrity", "checked")
    shutil.copyfile(made.tlog / "checkpoint", kept)
    unproved = check(made.folder, *made.trust, f"--checkpoint={kept}")
    assert "pinned_unproved" in codes(unproved, "integrity", "unchecked")
    said = check(made.folder, *made.trust, f"--checkpoint={kept}", f"--tlog={made.tlog}")
    assert (said["exit"], "pinned_same" in codes(said, "integrity", "checked")) == (0, True)


def test_a_log_that_was_rolled_back(made: Made, other: Made, tmp_path: Path, authority: Authority) -> None:
    shutil.copytree(made.tlog, tmp_path / "tlog")
    kept = tmp_path / "kept"
    with TransparencyLog.open(tmp_path / "tlog", LOG) as log:
        log.append([b"later"])
        kept.write_bytes(bytes(log.publish()))
    trust = [*made.trust, f"--checkpoint={kept}"]
    assert "pinned_same" in codes(check(made.folder, *trust, f"--tlog={tmp_path / 'tlog'}"), "integrity", "checked")
    rolled_back = check(made.folder, *trust, f"--tlog={made.tlog}")
    assert (rolled_back["exit"], codes(rolled_back, "integrity")) == (1, ["rolled_back"])
    with TransparencyLog.open(tmp_path / "fork", LOG) as log:
        log.append([b"another %d" % n for n in range(400)])
        fork = bytes(log.publish())
    kept.write_bytes(fork)
    forked = check(made.folder, *trust, f"--tlog={tmp_path / 'fork'}")
    assert (forked["exit"], codes(forked, "integrity")) == (1, ["pinned_fork"])
    kept.write_bytes(b"no checkpoint")
    assert named(check(made.folder, *trust)) == {"--checkpoint"}


# ---- stamps ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [{"elliptic": True}, {"ess": "sha1"}, {"ess": "sha384"}])
def test_stamps_of_other_kinds(tmp_path: Path, kind: dict[str, Any]) -> None:
    authority = Authority(tmp_path, **kind)
    data = authority.reply(bundles.stamp_query(b"text"))
    at, name = verify.verify_stamp(data, b"text", [authority.root])
    assert (name, at * 1000) == ("CN=Test stamps", verify_stamp(data, b"text", [authority.root]))


def test_stamps_that_do_not_hold(tmp_path: Path, authority: Authority) -> None:
    data = authority.reply(bundles.stamp_query(b"text"))
    stranger = Authority(tmp_path / "stranger")
    for message, roots in (
        (b"other", [authority.root]),
        (b"text", [stranger.root]),
        (b"text", [authority.certificate]),
    ):
        with pytest.raises(verify.Bad):
            verify.verify_stamp(data, message, roots)
    with pytest.raises(verify.Bad):
        verify.verify_stamp(stranger.reply(bundles.stamp_query(b"text")), b"text", [authority.root])


def test_a_changed_stamp_says_the_same_or_nothing(authority: Authority) -> None:
    """Not every byte of CMS means something; none can make it say another time, text or name."""
    data = authority.reply(bundles.stamp_query(b"text"))
    right, refused = verify.verify_stamp(data, b"text", [authority.root]), 0
    for at in random.Random(7).sample(range(len(data)), 250):
        bad = data[:at] + bytes([data[at] ^ 0x11]) + data[at + 1 :]
        try:
            assert verify.verify_stamp(bad, b"text", [authority.root]) == right
        except verify.Bad:
            refused += 1
    assert refused > 230


def test_a_certificate_for_something_else_stamps_nothing(authority: Authority, tmp_path: Path) -> None:
    web = Authority(tmp_path, purpose=ExtendedKeyUsageOID.SERVER_AUTH)
    now = verify.datetime.now(verify.timezone.utc)
    with pytest.raises(verify.Bad):
        verify.verify_chain(web.certificate, [], [web.root], now)
    verify.verify_chain(authority.certificate, [], [authority.root], now)
    with pytest.raises(verify.Bad):
        verify.verify_chain(authority.certificate, [], [authority.root], now.replace(year=now.year + 1))


@given(st.binary(max_size=200))
def test_whatever_a_stamp_is(data: bytes) -> None:
    for text in (data, b"\x30\x80" + data, b"\x30\x84\xff\xff\xff\xff" + data):
        with pytest.raises(verify.Bad):
            verify.verify_stamp(text, b"text", [])


READ_FILES = ["manifest.json", "export.json", "proof/sealed.tlog-proof", "proof/sealed.tsr", "log"]

# ---- made to harm ---------------------------------------------------------------------------------------------------


def zipped(folder: Path, path: Path, kind: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", kind) as out:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                out.write(file, file.relative_to(folder).as_posix())
    return path


def refused(bundle: Path) -> str:
    said = check(bundle)
    assert said["exit"] == 6
    return str(said["refused"]["text"])


def test_a_zip_with_any_changed_byte_is_never_right_by_mistake(made: Made, tmp_path: Path) -> None:
    path = zipped(made.folder, tmp_path / "bundle.zip")
    size, right = path.stat().st_size, check(path, *made.trust)
    for at in random.Random(5).sample(range(size), 120):
        with changed(path, at, 0x41):
            said = check(path, *made.trust)
            assert said["exit"] in {1, 3, 6, 8} or said == right  # a date in a ZIP's header is nobody's evidence


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b", "C:\\x", "a\\..\\b", "x\x1b[2J"])
def test_names_that_lead_elsewhere(made: Made, tmp_path: Path, name: str) -> None:
    path = zipped(made.folder, tmp_path / "bundle.zip")
    with zipfile.ZipFile(path, "a") as out:
        out.writestr(zipfile.ZipInfo(name), b"x")
    assert "\x1b" not in refused(path)


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd", "proof/../../x"])
def test_lists_that_lead_elsewhere(made: Made, tmp_path: Path, name: str) -> None:
    bundle = copied(made, tmp_path)
    text = (bundle / "manifest.json").read_text().replace("tracks/1.webm", name)
    (bundle / "manifest.json").write_text(text)
    said = check(bundle, *made.trust)
    assert (said["exit"], "manifest.json" in named(said)) == (1, True)


def test_links_and_devices(made: Made, tmp_path: Path) -> None:
    def link(path: Path) -> None:
        path.symlink_to("/etc/passwd")

    def folder_link(path: Path) -> None:
        path.symlink_to("/etc", target_is_directory=True)

    makers: list[Callable[[Path], None]] = [link, folder_link, os.mkfifo]
    for number, maker in enumerate(makers):
        bundle = copied(made, tmp_path / str(number))
        (bundle / "tracks/1.webm").unlink()
        maker(bundle / "tracks/1.webm")
        assert "tracks/1.webm" in refused(bundle)
    shutil.copytree(made.folder, tmp_path / "real")
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    assert check(tmp_path / "linked")["exit"] == 6
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as out:
        info = zipfile.ZipInfo("log")
        info.external_attr = 0o120777 << 16
        out.writestr(info, "/etc/passwd")
    assert "log" in refused(path)


def test_bombs(made: Made, tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("manifest.json", b" " * 300_000_000)
    assert "unpacks" in refused(path)
    bundle = copied(made, tmp_path)
    for text in (
        b"[" * 5_000_000,
        b'{"version":' + b"9" * 3_000_000 + b"}",
        b'{"a":1,"a":2}',
        b'{"version":1.5}',
        b"\xff",
    ):
        (bundle / "manifest.json").write_bytes(text)
        said = check(bundle, *made.trust)
        assert (said["exit"], "manifest.json" in named(said)) == (1, True)
    os.truncate(bundle / "manifest.json", 80 * 1024 * 1024)  # sparse
    assert named(check(bundle, *made.trust)) >= {"manifest.json"}


def test_entries_that_share_their_bytes(tmp_path: Path) -> None:
    """Each alone is modest; thousands of names for the same compressed bytes are not."""
    path = tmp_path / "shared.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("a" * 8, bytes(1_000_000))
        first = out.infolist()[0]
        for number in range(400):
            twin = zipfile.ZipInfo(f"{number:08}")
            twin.compress_type, twin.CRC, twin.file_size = first.compress_type, first.CRC, first.file_size
            twin.compress_size, twin.header_offset = first.compress_size, first.header_offset
            out.filelist.append(twin)
            out.NameToInfo[twin.filename] = twin
    assert "unpacks" in refused(path)


def test_a_directory_of_gigabytes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("manifest.json", b"{}")
    data = bytearray(path.read_bytes())
    struct.pack_into("<L", data, data.rindex(b"PK\x05\x06") + 12, 0x7000_0000)
    path.write_bytes(data)
    assert refused(path)


def test_doubled_and_locked_entries(made: Made, tmp_path: Path) -> None:
    path = zipped(made.folder, tmp_path / "bundle.zip")
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as out:
        out.writestr("log", b"another")
    assert "twice" in refused(path)
    path = zipped(made.folder, tmp_path / "locked.zip")
    data = path.read_bytes().replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
    path.write_bytes(data)
    assert "password" in refused(path)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"%PDF-1.7", bytes(100_000)])
def test_what_is_no_bundle(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    assert refused(tmp_path / "x.zip")
    (tmp_path / "empty").mkdir()
    assert "manifest.json" in refused(tmp_path / "empty")
    assert refused(tmp_path / "not there")


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["manifest.json", "export.json", "proof/sealed.tlog-proof", "proof/sealed.tsr", "log"]), st.data()
)
def test_whatever_stands_in_a_file_is_an_answer(made: Made, name: str, data: st.DataObject) -> None:
    path = made.folder / name
    before = path.read_bytes()
    at = data.draw(st.integers(0, len(before)))
    middle = data.draw(st.binary(max_size=80) | st.sampled_from([b'"x":', b"-1", b"[]", b"null", b"{}", b"\x00" * 9]))
    path.write_bytes(before[:at] + middle + before[at + data.draw(st.integers(0, 60)) :])
    try:
        assert check(made.folder, *made.trust, f"--key={KEY.hex()}")["exit"] in {0, 1, 3, 5, 7, 8}
    finally:
        path.write_bytes(before)


# ---- the list that it reads -----------------------------------------------------------------------------------------


def test_a_manifest_has_one_text(made: Made) -> None:
    data = (made.folder / "manifest.json").read_bytes()
    assert bytes(Manifest.parse(data)) == data
    for bad in (
        data + b"\n",
        data.replace(b":", b": ", 1),
        b"{}",
        b"[" * 100_000,
        data.replace(b"tracks/1", b"tracks/../1"),
    ):
        with pytest.raises(ManifestInvalid):
            Manifest.parse(bad)
    entry = made.manifest.files[0]
    with pytest.raises(ValueError, match="two files"):
        by_name([entry, entry])
    assert ExportList(consultation=ONE, files=[entry]).digest != ExportList(consultation=OTHER, files=[entry]).digest


def test_notes_are_read_as_ours_are_written(made: Made) -> None:
    data = (made.tlog / "checkpoint").read_bytes()
    ours, theirs = Note.parse(data), verify.parse_note(data)
    assert (ours.text, len(ours.signatures)) == (theirs.text, len(theirs.signatures))
