"""verify.py against what is made to harm: bundles are refused, stamps mean nothing, and nothing is followed."""

import os
import random
import shutil
import struct
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings import verify
from recordings.tlog.stamp import verify_stamp
from tests.recordings.tlog import bundles
from tests.recordings.tlog.authority import Authority
from tests.recordings.tlog.bundles import KEY, Made
from tests.recordings.tlog.checking import changed, check, copied, named, zipped

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
        verify.verify_chain(authority.certificate, [], [authority.root], now + timedelta(days=366))


@given(st.binary(max_size=200))
def test_whatever_a_stamp_is(data: bytes) -> None:
    for text in (data, b"\x30\x80" + data, b"\x30\x84\xff\xff\xff\xff" + data):
        with pytest.raises(verify.Bad):
            verify.verify_stamp(text, b"text", [])


# ---- made to harm ---------------------------------------------------------------------------------------------------


READ_FILES = ["manifest.json", "export.json", "proof/sealed.tlog-proof", "proof/sealed.tsr", "log"]


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
