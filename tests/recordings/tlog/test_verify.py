"""verify.py over a real bundle: its four answers, its words, its keys, and what came before the bundle."""

import ast
import hashlib
import os
import shutil
import sys
import zipfile
from pathlib import Path
from string import Formatter

import pytest

from recordings import Keyring, framing, verify
from recordings.manifest import ExportList, Manifest, ManifestInvalid, by_name
from recordings.tlog.leaf import LeafKind
from recordings.tlog.log import TransparencyLog
from recordings.tlog.note import Note
from signalling.ids import ConsultationId
from tests.keys import SITE
from tests.recordings.tlog import bundles
from tests.recordings.tlog.authority import Authority
from tests.recordings.tlog.bundles import GOLDEN, KEY, LOG, ONE, OTHER, WITNESS, Made
from tests.recordings.tlog.checking import check, codes, copied, named, run, zipped

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


def test_a_leaf_about_no_event_of_the_log_is_told_apart(made: Made, tmp_path: Path) -> None:
    bundle, one = copied(made, tmp_path), bundles.leaf(LeafKind.OPENED, ONE, "3" * 64)
    with TransparencyLog.open(tmp_path / "tlog", LOG) as log:
        log.append([one.entry])
        proof = log.prove(one.entry, log.publish(), bytes(one))
    (bundle / "proof" / "opened-000001.tlog-proof").write_bytes(bytes(proof))
    said = check(bundle, *made.trust, f"--key={KEY.hex()}")
    assert codes(said, "integrity", "unchecked") == ["leaf_of_none"]
    assert "leaf_of_none" not in codes(check(bundle, *made.trust), "integrity", "unchecked"), (
        "without the key nobody knows"
    )


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
        digests: set[str] = set()
        assert verify.check_log(source, entry, facts, key, answers, digests) == opened
        assert len(digests) == 24
        assert [one.problems for one in answers.values()] == [[], []]
        assert [one.facts for one in answers["completeness"].checked] == [{"count": len(records)}, {"count": 24}]
    with pytest.raises(verify.WrongKey):
        verify.check_log(source, verify.Entry(sealed, "log", 0, "", []), facts, bytes(32), answers, set())


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
