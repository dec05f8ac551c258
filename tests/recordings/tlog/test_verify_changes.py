"""verify.py against real modifications of a real bundle: what it must find it finds, names and says apart."""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from recordings import DataKey, LogWriter, framing
from recordings.manifest import Gap, Manifest
from tests.recordings.tlog import bundles
from tests.recordings.tlog.authority import Authority
from tests.recordings.tlog.bundles import KEY, ONE, Made
from tests.recordings.tlog.checking import changed, check, codes, copied, named

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
    gaps = [Gap(t_from=0, t_to=1_500_000, reason="asked"), Gap(t_from=2_000_000, t_to=3_000_000, reason="full")]
    path.write_bytes(bytes(replace(manifest, segments=tuple(more), gaps=tuple(gaps))))
    said = check(tmp_path / "b")
    assert said["completeness"]["answer"] == "partly"
    assert codes(said, "completeness", "said") == ["segment_gap", "counts", "gap", "gap"]
    path.write_bytes(bytes(replace(manifest, segments=())))
    assert "no_segments" in codes(check(tmp_path / "b"), "completeness", "said")


@pytest.mark.parametrize(
    ("reason", "answer"), [*((one, "yes") for one in ("private", "asked", "other")), ("restarted", "partly")]
)
def test_a_pause_that_people_wished_lacks_nothing(tmp_path: Path, reason: str, answer: str) -> None:
    loose(tmp_path / "b")
    path = tmp_path / "b/manifest.json"
    manifest = Manifest.parse(path.read_bytes())
    counts = replace(manifest.counts, dropped=0, damaged_us=0)
    gaps = (Gap(t_from=0, t_to=1_500_000, reason=reason),)
    path.write_bytes(bytes(replace(manifest, damages=(), counts=counts, gaps=gaps)))
    assert check(tmp_path / "b")["completeness"]["answer"] == answer


def test_proofs_of_something_else(made: Made, tmp_path: Path) -> None:
    bundle = copied(made, tmp_path)
    (bundle / "export.json").unlink()
    shutil.copyfile(bundle / "proof/segment-1.tlog-proof", bundle / "proof/sealed.tlog-proof")
    said = check(bundle, *made.trust)
    assert [p["text"] for p in said["integrity"]["problem"]] == ["proof/sealed.tlog-proof: it is about something else"]
    text = (made.folder / "proof/sealed.tlog-proof").read_bytes()
    (bundle / "proof/sealed.tlog-proof").write_bytes(text.replace(b"\nindex 301\n", b"\nindex 300\n"))
    assert "not in the log" in check(bundle, *made.trust)["integrity"]["problem"][0]["text"]
