"""Keys: what is sealed opens with its key at its place and nowhere else; what was destroyed is erased, no garbage."""

import errno
import json
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from recordings import (
    ARCHIVE,
    SITE_FILE,
    DataKey,
    Erased,
    HeldSiteKey,
    KeyDamaged,
    KeyExists,
    Keyring,
    LogDamaged,
    LogWriter,
    NotAuthentic,
    StorageFailed,
    StorageFull,
    Use,
    WrongKey,
    begin_archive,
    expected_site_key,
    read_consultation,
)
from recordings.crypt import KEY_FILE, FileKey, destroy
from recordings.framing import HEADER, frame, scan
from recordings.sealed import Sealer, opened
from signalling.codec import encode_event
from signalling.generate.people import CONSULTATION
from signalling.generate.scenarios import scenarios
from signalling.ids import ConsultationId
from tests.keys import ONE_KEY, SITE, SITE_KEY, keyring

OTHER = ConsultationId("z" * 26)
SALT = bytes(32)
FIRST = b"the first record"
EVENTS = scenarios()["whole_call"]
GOLDEN = Path(__file__).parents[1] / "golden/logs"


# ---- data keys ----------------------------------------------------------------------------------------------------


def test_a_data_key_comes_back_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    made = keyring(tmp_path).create(CONSULTATION)
    assert keyring(tmp_path).open(CONSULTATION) == made
    file = tmp_path / ARCHIVE / CONSULTATION / KEY_FILE
    assert file.stat().st_mode & 0o077 == 0
    assert made.raw not in file.read_bytes()
    assert made.raw.hex() not in repr(made)
    assert [path.name for path in file.parent.iterdir()] == [KEY_FILE]


def test_the_form_of_a_wrapped_key(tmp_path: Path) -> None:
    """As docs/journal.md writes it, opened by hand."""
    import base64  # noqa: PLC0415 - of this test alone

    made = keyring(tmp_path).create(CONSULTATION)
    kept = json.loads((tmp_path / ARCHIVE / CONSULTATION / KEY_FILE).read_bytes())
    assert (kept["version"], kept["site_key"]) == (1, "630dcd2966c43366")  # SHA-256 of 00 01 … 1f begins so
    nonce, wrapped = base64.b64decode(kept["nonce"]), base64.b64decode(kept["wrapped"])
    assert AESGCM(SITE_KEY).decrypt(nonce, wrapped, b"sefaw data key v1:" + CONSULTATION.encode()) == made.raw


def test_a_data_key_is_never_replaced(tmp_path: Path) -> None:
    made = keyring(tmp_path).create(CONSULTATION)
    with pytest.raises(KeyExists):
        keyring(tmp_path).create(CONSULTATION)
    assert keyring(tmp_path).open(CONSULTATION) == made


@pytest.mark.parametrize("site", [None, HeldSiteKey(bytes(32))])
def test_a_wrong_site_key_is_named_and_nothing_is_changed(tmp_path: Path, site: HeldSiteKey | None) -> None:
    made = keyring(tmp_path).create(CONSULTATION)
    before = (tmp_path / ARCHIVE / CONSULTATION / KEY_FILE).read_bytes()
    with pytest.raises(WrongKey, match=SITE.name):
        Keyring(tmp_path / ARCHIVE, site).open(CONSULTATION)
    assert (tmp_path / ARCHIVE / CONSULTATION / KEY_FILE).read_bytes() == before
    assert keyring(tmp_path).open(CONSULTATION) == made


def test_without_a_site_key_no_consultation_begins(tmp_path: Path) -> None:
    with pytest.raises(WrongKey):
        Keyring(tmp_path, None).create(CONSULTATION)


def test_the_key_of_another_consultation_is_refused(tmp_path: Path) -> None:
    keys = keyring(tmp_path)
    keys.create(CONSULTATION)
    keys.create(OTHER)
    file = keys.folder(CONSULTATION) / KEY_FILE
    file.write_bytes((keys.folder(OTHER) / KEY_FILE).read_bytes())
    with pytest.raises(KeyDamaged, match="another consultation"):
        keys.open(CONSULTATION)


@given(at=st.integers(0, 400), bit=st.integers(0, 7))
def test_a_flipped_bit_of_the_key_file_never_gives_another_key(
    tmp_path_factory: pytest.TempPathFactory, at: int, bit: int
) -> None:
    keys = keyring(tmp_path_factory.mktemp("k"))
    made = keys.create(CONSULTATION)
    file = keys.folder(CONSULTATION) / KEY_FILE
    data = bytearray(file.read_bytes())
    data[at % len(data)] ^= 1 << bit
    file.write_bytes(data)
    try:
        found = keys.open(CONSULTATION)
    except (KeyDamaged, WrongKey):  # WrongKey: the bit was in the site key's name
        return
    assert found == made  # base64's spare bits mean nothing


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"\xff", b"[" * 5000, b'{"version":1,"site_key":"a","nonce":"!","wrapped":""}']
)
def test_what_is_no_key_file(tmp_path: Path, text: bytes) -> None:
    keys = keyring(tmp_path)
    keys.folder(CONSULTATION).mkdir(parents=True)
    (keys.folder(CONSULTATION) / KEY_FILE).write_bytes(text)
    with pytest.raises(KeyDamaged):
        keys.open(CONSULTATION)


def test_a_version_to_come_is_left_alone(tmp_path: Path) -> None:
    keys = keyring(tmp_path)
    keys.create(CONSULTATION)
    file = keys.folder(CONSULTATION) / KEY_FILE
    file.write_bytes(file.read_bytes().replace(b'"version":1', b'"version":2'))
    with pytest.raises(KeyDamaged, match="version"):
        keys.open(CONSULTATION)


def test_a_full_disk_leaves_no_key_and_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StorageFull):
            keyring(tmp_path).create(CONSULTATION)
    assert list((tmp_path / ARCHIVE / CONSULTATION).iterdir()) == []
    keyring(tmp_path).create(CONSULTATION)


# ---- erasing ------------------------------------------------------------------------------------------------------


def test_erasing_overwrites_before_it_unlinks(tmp_path: Path) -> None:
    keys = keyring(tmp_path)
    keys.create(CONSULTATION)
    file = keys.folder(CONSULTATION) / KEY_FILE
    before = file.read_bytes()
    os.link(file, tmp_path / "the same bytes on the disk")
    destroy(keys.folder(CONSULTATION))
    assert not file.exists()
    after = (tmp_path / "the same bytes on the disk").read_bytes()
    assert len(after) == len(before)
    assert sum(a == b for a, b in zip(after, before, strict=True)) < len(before) // 8
    with pytest.raises(Erased):
        keys.open(CONSULTATION)
    keys.destroy(CONSULTATION)  # again is nothing


def test_an_erased_consultation_s_log_says_so(tmp_path: Path) -> None:
    keys, path = keyring(tmp_path), tmp_path / f"{CONSULTATION}.log"
    with LogWriter.create(path, CONSULTATION, 1, keys.create(CONSULTATION)) as writer:
        writer.append(encode_event(EVENTS[0]))
    before = path.read_bytes()
    keys.destroy(CONSULTATION)
    for read in (read_consultation, LogWriter.recover):
        with pytest.raises(Erased):
            read(path, keys)
    assert path.read_bytes() == before


def test_a_disk_that_refuses_to_erase_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    keys = keyring(tmp_path)
    keys.create(CONSULTATION)
    monkeypatch.setattr(os, "pwrite", failing)
    with pytest.raises(StorageFailed):
        keys.destroy(CONSULTATION)


# ---- the site key of an archive -----------------------------------------------------------------------------------


def test_an_archive_remembers_its_site_key(tmp_path: Path) -> None:
    archive = tmp_path / ARCHIVE
    assert expected_site_key(archive) == ""
    begin_archive(archive, SITE)
    begin_archive(archive, SITE)
    assert expected_site_key(archive) == SITE.name
    with pytest.raises(WrongKey):
        begin_archive(archive, HeldSiteKey(bytes(32)))
    (archive / SITE_FILE).write_bytes(b"{")
    with pytest.raises(KeyDamaged):
        expected_site_key(archive)


# ---- sealed records -----------------------------------------------------------------------------------------------


@given(plains=st.lists(st.binary(max_size=200), max_size=8), renewals=st.sets(st.integers(0, 8)))
def test_what_is_sealed_opens_again(plains: list[bytes], renewals: set[int]) -> None:
    sealer, records = Sealer(ONE_KEY.key, Use.LOG, FIRST, SALT), []
    for number, plain in enumerate(plains):
        if number in renewals:
            records.append(sealer.renewed())
        records.append(sealer.sealed(plain))
    assert list(opened(ONE_KEY.key, Use.LOG, FIRST, SALT, records)) == plains


def test_a_box_opens_at_its_place_only() -> None:
    sealer = Sealer(ONE_KEY.key, Use.LOG, FIRST, SALT)
    records = [sealer.sealed(b"one"), sealer.sealed(b"two"), sealer.renewed(), sealer.sealed(b"three")]
    one, two, renewed, three = records
    for changed in ([two, one], [two], [one, renewed, two], [one, two, three], [renewed, one], [one[:-1]], [one[:5]]):
        with pytest.raises(NotAuthentic):
            list(opened(ONE_KEY.key, Use.LOG, FIRST, SALT, changed))
    for key, use, first, salt in (
        (DataKey(bytes(32)), Use.LOG, FIRST, SALT),
        (ONE_KEY.key, Use.SNAPSHOTS, FIRST, SALT),
        (ONE_KEY.key, Use.LOG, b"another", SALT),
        (ONE_KEY.key, Use.LOG, FIRST, bytes([1] * 32)),
    ):
        with pytest.raises(NotAuthentic):
            list(opened(key, use, first, salt, records))


@pytest.mark.parametrize("record", [b'{"seq":1}', b"K", b'K{"salt":"00"}', b"K\xff"])
def test_what_is_no_sealed_record(record: bytes) -> None:
    with pytest.raises(LogDamaged):
        list(opened(ONE_KEY.key, Use.LOG, FIRST, SALT, [record]))


def test_the_form_of_a_box() -> None:
    """As docs/journal.md writes it, opened by hand."""
    import hashlib  # noqa: PLC0415 - of this test alone

    key = FileKey(ONE_KEY.key, Use.MEDIA, SALT, FIRST)
    boxes = [key.seal(b"zero"), key.seal(b"one")]
    derived = HKDF(SHA256(), 32, SALT, b"sefaw journal v1 media").derive(ONE_KEY.key.raw)
    nonce = b"\0\0\0\0" + (1).to_bytes(8, "big")
    assert AESGCM(derived).decrypt(nonce, boxes[1], hashlib.sha256(FIRST).digest()) == b"one"
    assert len(boxes[1]) == len(b"one") + 16


# ---- logs, sealed and of before -------------------------------------------------------------------------------------


def test_nothing_of_a_log_can_be_read_in_its_file(tmp_path: Path) -> None:
    path = tmp_path / f"{CONSULTATION}.log"
    with LogWriter.create(path, CONSULTATION, 1, ONE_KEY.key) as writer:
        for event in EVENTS:
            writer.append(encode_event(event))
    data = path.read_bytes()
    assert b"requested" not in data
    assert not any(encode_event(event)[20:60] in data for event in EVENTS)


def test_going_on_with_a_log_takes_a_new_key_with_its_first_record(tmp_path: Path) -> None:
    path = tmp_path / f"{CONSULTATION}.log"
    with LogWriter.create(path, CONSULTATION, 1, ONE_KEY.key) as writer:
        writer.append(encode_event(EVENTS[0]))
    LogWriter.recover(path, ONE_KEY)[0].close()  # writes nothing: nothing is renewed
    again, _ = LogWriter.recover(path, ONE_KEY)
    with again:
        again.append(encode_event(EVENTS[1]))
        again.append(encode_event(EVENTS[2]))
    assert [record[:1] for record in scan(path.read_bytes()).records[1:]] == [b"E", b"K", b"E", b"E"]
    assert read_consultation(path, ONE_KEY).events == EVENTS[:3]


def test_a_number_is_not_used_again_after_a_write_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some of the refused record may be on the disk for good; another under the same number would open both."""
    path, real, refused = tmp_path / f"{CONSULTATION}.log", os.pwrite, []

    def failing(descriptor: int, data: bytes, offset: int) -> int:
        refused.append(bytes(data))
        real(descriptor, data[:-1], offset)
        raise OSError(errno.EIO, "Input/output error")

    with LogWriter.create(path, CONSULTATION, 1, ONE_KEY.key) as writer:
        writer.append(encode_event(EVENTS[0]))
        for _again in range(2):
            with monkeypatch.context() as patched:
                patched.setattr(os, "pwrite", failing)
                with pytest.raises(StorageFailed):
                    writer.append(encode_event(EVENTS[1]))
        writer.append(encode_event(EVENTS[1]))
        writer.append(encode_event(EVENTS[2]))
    assert [record[:1] for record in scan(path.read_bytes()).records[1:]] == [b"E", b"K", b"E", b"E"]
    assert read_consultation(path, ONE_KEY).events == EVENTS[:3]
    assert len({one[-16:] for one in refused}) == 2


def test_a_changed_record_with_a_right_checksum_is_found_and_nothing_is_cut(tmp_path: Path) -> None:
    path = tmp_path / f"{CONSULTATION}.log"
    with LogWriter.create(path, CONSULTATION, 1, ONE_KEY.key) as writer:
        for event in EVENTS[:5]:
            writer.append(encode_event(event))
    records = scan(path.read_bytes()).records
    records[3] = records[3][:-1] + bytes([records[3][-1] ^ 1])
    path.write_bytes(HEADER + b"".join(frame(record) for record in records))
    before = path.read_bytes()
    for read in (read_consultation, LogWriter.recover):
        with pytest.raises(NotAuthentic, match="record 3"):
            read(path, ONE_KEY)
    assert path.read_bytes() == before


def test_a_removed_record_is_found(tmp_path: Path) -> None:
    path = tmp_path / f"{CONSULTATION}.log"
    with LogWriter.create(path, CONSULTATION, 1, ONE_KEY.key) as writer:
        for event in EVENTS[:5]:
            writer.append(encode_event(event))
    records = scan(path.read_bytes()).records
    del records[3]
    path.write_bytes(HEADER + b"".join(frame(record) for record in records))
    with pytest.raises(NotAuthentic):
        read_consultation(path, ONE_KEY)


def test_a_log_in_another_s_place_is_found(tmp_path: Path) -> None:
    """Swapped by somebody; each of them would open with its own key."""
    with LogWriter.create(tmp_path / f"{CONSULTATION}.log", CONSULTATION, 1, ONE_KEY.key) as writer:
        writer.append(encode_event(EVENTS[0]))
    swapped = (tmp_path / f"{CONSULTATION}.log").rename(tmp_path / f"{OTHER}.log")
    for read in (read_consultation, LogWriter.recover):
        with pytest.raises(LogDamaged, match="another consultation"):
            read(swapped, ONE_KEY)


def test_a_plain_log_of_before_encryption_is_read_and_gone_on_with(tmp_path: Path) -> None:
    """tests/golden/logs/plain_v1 was written by the version before; no key is asked for."""
    path = tmp_path / f"{CONSULTATION}.log"
    path.write_bytes((GOLDEN / "plain_v1" / f"{CONSULTATION}.log").read_bytes())
    nobody = Keyring(tmp_path, None)
    before = read_consultation(path, nobody)
    assert (before.header.consultation, before.header.cipher, len(before.events)) == (CONSULTATION, "", 24)
    assert [event.seq for event in before.events] == list(range(1, 25))
    writer, _ = LogWriter.recover(path, nobody)
    with writer:
        writer.append(encode_event(before.events[0]).replace(b'"seq":1,', b'"seq":25,'))
    assert len(read_consultation(path, nobody).events) == 25


def test_a_sealed_log_of_the_first_version_is_read(tmp_path: Path) -> None:
    """tests/golden/logs/sealed_v1 was written once, with the site key of tests/keys.py."""
    keys = Keyring(GOLDEN / "sealed_v1", SITE)
    log = read_consultation(GOLDEN / "sealed_v1" / f"{CONSULTATION}.log", keys)
    plain = read_consultation(GOLDEN / "plain_v1" / f"{CONSULTATION}.log", Keyring(tmp_path, None))
    assert (log.header.cipher, log.events) == ("A256GCM", plain.events)
