"""Backup and restore of a data directory: what is in it; damage is found and named; nothing half done stays."""

import base64
import os
import sqlite3
import stat
import tarfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recordings import ARCHIVE, HeldSiteKey, Keyring, WrongKey, read_consultation
from recordings.tlog import Signer, TransparencyLog
from sefaw_rtc.access.keys import store_key
from sefaw_rtc.dicom.folder import Folder
from sefaw_rtc.operations import OperationFailed
from sefaw_rtc.operations.backup import back_up, collect, manifest, restore, target
from sefaw_rtc.store import Store
from sefaw_rtc.store.store import FILE
from sefaw_rtc.web.main import lock_data
from signalling.ids import InstanceId
from tests.dicom.samples import BOUNDS
from tests.keys import SITE, SITE_KEY, keyring
from tests.operations.conftest import CLOSED_ID, DICOM, LIVE_ID, PICTURE, write_log

FORMS = pytest.mark.parametrize("name", ["backup", "backup.tar"])


def tree(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@FORMS
def test_what_was_saved_comes_back(data: Path, tmp_path: Path, name: str) -> None:
    made = back_up(data, tmp_path / name)
    assert (made.files, made.logs, made.cut) == (8, 2, 0)
    done = restore(tmp_path / name, tmp_path / "new", SITE)
    assert (done.reopened, done.unread, done.sealed_with) == (0, 0, SITE.name)
    assert not done.manifest.with_keys
    assert tree(tmp_path / "new") == {
        FILE,
        PICTURE,
        DICOM,
        f"consultations/live/{LIVE_ID}.log",
        f"consultations/closed/{CLOSED_ID}.log",
        "archive/site_key.json",
        f"archive/{LIVE_ID}/key.json",
        f"archive/{CLOSED_ID}/key.json",
    }
    for file in (PICTURE, DICOM, f"consultations/live/{LIVE_ID}.log"):
        assert (tmp_path / "new" / file).read_bytes() == (data / file).read_bytes()
    store = Store.open(tmp_path / "new")
    assert store.accounts.by_user("anna") is not None
    assert len(store.consultations.unfinished()) == 1
    store.close()


def test_the_restored_pictures_are_found_again(data: Path, tmp_path: Path) -> None:
    """The index is in no backup: it is made anew, and knows who brought what, and into which consultation."""
    back_up(data, tmp_path / "b")
    restore(tmp_path / "b", tmp_path / "new")
    folder = Folder.open(tmp_path / "new/dicom", BOUNDS)
    (holding,) = folder.index.holdings(InstanceId("1.2.3.1.1.1"))
    assert (f"dicom/{holding.path}", holding.consultation) == (DICOM, LIVE_ID)
    folder.close()


def test_of_the_transparency_log_its_index_is_made_anew(data: Path) -> None:
    with TransparencyLog.open(data / "tlog", Signer("node.example", Ed25519PrivateKey.generate())) as log:
        log.append([b"entry"])
        log.publish()
    saved = {name for name in collect.others(data, with_keys=False, apart=frozenset()) if name.startswith("tlog/")}
    assert saved == {"tlog/checkpoint", "tlog/pending", "tlog/tile/0/000.p/1", "tlog/tile/entries/000.p/1"}


def test_nobody_who_restores_a_backup_can_go_on_with_its_transparency_log(data: Path) -> None:
    for name in ("tlog.key", "tlog.seen", "witness.key"):
        store_key(data / "keys" / name, bytes(32))
    saved = {name for name in collect.others(data, with_keys=True, apart=frozenset()) if name.startswith("keys/")}
    assert saved == {"keys/site.key"}


def test_exports_are_in_no_backup(data: Path) -> None:
    (data / "exports/x").mkdir(parents=True)
    (data / "exports/x/export").write_bytes(b"sealed with a key that nobody has")
    assert not [name for name in collect.others(data, with_keys=True, apart=frozenset()) if "exports" in name]


def test_keys_only_when_asked_for(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "with", with_keys=True)
    restore(tmp_path / "with", tmp_path / "new")
    assert (tmp_path / "new/token.key").read_bytes() == (data / "token.key").read_bytes()


@pytest.mark.parametrize("place", ["keys/site.key", "somewhere/else.key"])
def test_the_site_key_is_in_no_backup(data: Path, tmp_path: Path, place: str) -> None:
    """Not even in one with keys: it would open everything that lies beside it."""
    (data / place).parent.mkdir(exist_ok=True)
    (data / "keys/site.key").rename(data / place)
    back_up(data, tmp_path / "b", site_key=data / place, with_keys=True)
    text = base64.b64encode(SITE_KEY)
    assert not any(text in path.read_bytes() for path in (tmp_path / "b").rglob("*") if path.is_file())


def test_without_the_site_key_all_comes_back_and_it_is_said_what_cannot_be_read(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "b")
    done = restore(tmp_path / "b", tmp_path / "new")
    assert (done.unread, done.sealed_with) == (1, SITE.name)
    with pytest.raises(WrongKey, match=SITE.name):
        Keyring(tmp_path / "new" / ARCHIVE, None).open(CLOSED_ID)
    keyring(tmp_path / "new").open(CLOSED_ID)  # brought later, it opens all


def test_with_another_site_key_nothing_is_restored(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "b")
    with pytest.raises(OperationFailed, match=f"sealed with the site key {SITE.name}"):
        restore(tmp_path / "b", tmp_path / "new", HeldSiteKey(bytes(32)))
    assert not (tmp_path / "new").exists()


def test_nobody_else_may_read_it(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "b")
    back_up(data, tmp_path / "b.tar")
    for path in [tmp_path / "b.tar", *(p for p in (tmp_path / "b").rglob("*") if p.is_file())]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o700


def test_a_log_is_cut_after_its_last_whole_record(data: Path, tmp_path: Path) -> None:
    log = data / f"consultations/live/{LIVE_ID}.log"
    whole = log.read_bytes()
    with log.open("ab") as file:
        file.write(whole[-20:-5])  # a record on its way
    assert back_up(data, tmp_path / "b").cut == 1
    restore(tmp_path / "b", tmp_path / "new")
    assert (tmp_path / "new" / f"consultations/live/{LIVE_ID}.log").read_bytes() == whole


def test_what_closed_after_the_database_was_copied_is_read_again(data: Path, tmp_path: Path) -> None:
    store = Store.open(data)
    doctor = store.accounts.by_user("anna")
    assert doctor is not None
    store.close()
    live = data / f"consultations/live/{LIVE_ID}.log"
    live.unlink()
    write_log(data, f"consultations/closed/{LIVE_ID}.log", LIVE_ID, doctor.person, closed=True)
    back_up(data, tmp_path / "b")
    assert restore(tmp_path / "b", tmp_path / "new", SITE).reopened == 1
    live = tmp_path / "new" / f"consultations/live/{LIVE_ID}.log"
    assert len(read_consultation(live, keyring(tmp_path / "new")).events) == 6


def test_a_picture_that_is_moved_while_files_are_listed_is_in_it(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kept by the server between the list and the copy: found by the second look."""
    waiting, kept = data / "consultations/attachments/waiting", data / "consultations/attachments/pp/kept"
    waiting.write_bytes(b"a picture on its way")
    real = collect.opened

    def opened(folder: Path, name: str) -> collect.Source | None:
        if waiting.exists():
            waiting.rename(kept)
        return real(folder, name)

    listed = collect.others(data, with_keys=False, apart=frozenset())
    monkeypatch.setattr(collect, "logs", lambda _data: [])
    monkeypatch.setattr(collect, "opened", opened)
    back_up(data, tmp_path / "b")
    names = {entry.name for entry in manifest_of(tmp_path / "b").files}
    assert "consultations/attachments/waiting" in listed
    assert "consultations/attachments/waiting" not in names
    assert "consultations/attachments/pp/kept" in names


def test_a_consultation_that_closes_while_logs_are_copied_is_in_it(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its log was listed among the live ones and is among the closed ones when its turn comes."""
    live, closed = (data / f"consultations/{folder}/{LIVE_ID}.log" for folder in ("live", "closed"))
    real = collect.opened

    def opened(folder: Path, name: str) -> collect.Source | None:
        if live.exists():
            live.rename(closed)
        return real(folder, name)

    monkeypatch.setattr(collect, "opened", opened)
    assert back_up(data, tmp_path / "b").logs == 2
    names = {entry.name for entry in manifest_of(tmp_path / "b").files}
    assert f"consultations/closed/{LIVE_ID}.log" in names


def test_a_log_in_both_lists_is_taken_whole(data: Path, tmp_path: Path) -> None:
    closed = data / f"consultations/closed/{CLOSED_ID}.log"
    prefix = data / f"consultations/live/{CLOSED_ID}.log"
    prefix.write_bytes(closed.read_bytes()[:-60])
    back_up(data, tmp_path / "b")
    assert restore(tmp_path / "b", tmp_path / "new", SITE).reopened == 0
    assert (tmp_path / "new" / f"consultations/closed/{CLOSED_ID}.log").read_bytes() == closed.read_bytes()
    assert not (tmp_path / "new" / f"consultations/live/{CLOSED_ID}.log").exists()


@pytest.mark.parametrize("victim", [FILE, PICTURE, f"consultations/closed/{CLOSED_ID}.log"])
def test_a_flipped_bit_is_found_and_named(data: Path, tmp_path: Path, victim: str) -> None:
    back_up(data, tmp_path / "b")
    file = tmp_path / "b/data" / victim
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(OperationFailed, match=f"{victim} was changed"):
        restore(tmp_path / "b", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_flipped_bit_in_a_tar_is_found_too(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "b.tar")
    content = bytearray((tmp_path / "b.tar").read_bytes())
    content[content.index(b"a picture")] ^= 1
    (tmp_path / "b.tar").write_bytes(content)
    with pytest.raises(OperationFailed, match=f"{PICTURE} was changed"):
        restore(tmp_path / "b.tar", tmp_path / "new")


def test_a_changed_manifest_and_a_missing_file_are_found(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "b")
    (tmp_path / "b/data" / PICTURE).unlink()
    with pytest.raises(OperationFailed, match=f"{PICTURE} is missing"):
        restore(tmp_path / "b", tmp_path / "new")
    text = (tmp_path / "b" / manifest.MANIFEST).read_text("utf-8")
    (tmp_path / "b" / manifest.MANIFEST).write_text(text.replace('"cut": 0', '"cut": 1'), "utf-8")
    with pytest.raises(OperationFailed, match=r"manifest.json is damaged"):
        restore(tmp_path / "b", tmp_path / "new")


@FORMS
def test_an_interrupted_backup_leaves_nothing(
    data: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_done: int, _of: int) -> None:
        raise KeyboardInterrupt

    before = set(tmp_path.iterdir())
    with pytest.raises(KeyboardInterrupt):
        back_up(data, tmp_path / name, progress=interrupted)
    assert set(tmp_path.iterdir()) == before


@FORMS
def test_a_killed_backup_does_not_look_whole(
    data: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `kill -9` leaves it: no tidying up."""

    def killed(_done: int, _of: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(target.FolderTarget, "abandon", lambda _self: None)
    monkeypatch.setattr(target.TarTarget, "abandon", lambda self: self._file.close())
    with pytest.raises(KeyboardInterrupt):
        back_up(data, tmp_path / name, progress=killed)
    assert not (tmp_path / name).exists()
    [left] = tmp_path.glob(".backup*.partial-*")
    with pytest.raises(OperationFailed, match=r"no manifest|neither a backup"):
        restore(left, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_nothing_is_overwritten(data: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    with pytest.raises(OperationFailed, match="exists already"):
        back_up(data, tmp_path / "b")
    with pytest.raises(OperationFailed, match="inside the data directory"):
        back_up(data, data / "b")
    with pytest.raises(OperationFailed, match="holds no database"):
        back_up(tmp_path / "b", tmp_path / "c")
    back_up(data, tmp_path / "d")
    with pytest.raises(OperationFailed, match="is not empty"):
        restore(tmp_path / "d", data)


def test_not_under_a_running_server(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "b")
    empty = tmp_path / "empty"
    lock = lock_data(empty)
    with pytest.raises(OperationFailed, match="A server is running"):
        restore(tmp_path / "b", empty)
    lock.close()
    restore(tmp_path / "b", empty)
    assert (empty / FILE).exists()


def test_an_old_schema_comes_forward_and_a_newer_one_is_refused(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "b")
    assert restore(tmp_path / "b", tmp_path / "new").schema == (manifest_of(tmp_path / "b").schema,) * 2
    with sqlite3.connect(data / FILE) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    back_up(data, tmp_path / "newer")
    with pytest.raises(OperationFailed, match="newer version"):
        restore(tmp_path / "newer", tmp_path / "other")
    assert not (tmp_path / "other").exists()


def manifest_of(backup: Path) -> manifest.Manifest:
    return manifest.decode((backup / manifest.MANIFEST).read_bytes())


@pytest.mark.parametrize("name", ["/etc/passwd", "../outside", "a/../../b", "a//b", "./a"])
def test_no_name_leads_outside(name: str) -> None:
    assert not manifest.is_inside(name)


def test_a_link_is_not_followed(data: Path, tmp_path: Path) -> None:
    (data / "link").symlink_to("/etc/hostname")
    back_up(data, tmp_path / "b")
    assert "link" not in {entry.name for entry in manifest_of(tmp_path / "b").files}


def test_a_full_disk_is_said_and_leaves_nothing(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    before = set(tmp_path.iterdir())
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OperationFailed, match="No space left on device"):
            back_up(data, tmp_path / "b")
    assert set(tmp_path.iterdir()) == before


def test_other_tools_read_the_tar(data: Path, tmp_path: Path) -> None:
    back_up(data, tmp_path / "b.tar")
    with tarfile.open(tmp_path / "b.tar") as tar:
        assert manifest.MANIFEST in tar.getnames()
