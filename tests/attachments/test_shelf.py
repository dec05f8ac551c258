"""Where attachments are kept: whole or not at all, bounded, and gone if nobody said them."""

import errno
import hashlib
from pathlib import Path

import pytest

from recordings.framing import MAGIC
from sefaw_rtc.attachments import Bounds, Shelf
from sefaw_rtc.errors import NotFound, UserError
from signalling.ids import ConsultationId
from signalling.vocabulary import ErrorCode
from tests.attachments.samples import SAMPLES, picture
from tests.keys import ONE_KEY, keyring

ONE, TWO = ConsultationId("c" * 26), ConsultationId("d" * 26)
BOUNDS = Bounds(one=100_000, all=300_000, free=0)


def put(shelf: Shelf, data: bytes, media_type: str, consultation: ConsultationId = ONE) -> str:
    upload = shelf.begin(consultation)
    try:
        upload.write(data)
        return shelf.add(consultation, upload, media_type).sha256
    finally:
        upload.drop()


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_it_waits_until_it_is_said(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, BOUNDS, ONE_KEY)
    sha256 = put(shelf, SAMPLES["image/png"], "image/png")
    assert files(tmp_path) == [f"{ONE}/waiting/{sha256}"]
    with pytest.raises(NotFound):
        shelf.find(ONE, sha256)
    assert shelf.keep(ONE, sha256).width == 40
    assert shelf.keep(ONE, sha256).width == 40, "a line may be said again"
    assert shelf.find(ONE, sha256) == (SAMPLES["image/png"], "image/png")
    shelf.forget_waiting(ONE)
    assert files(tmp_path) == [f"{ONE}/{sha256}"]


def test_what_was_never_said_goes(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, BOUNDS, ONE_KEY)
    said = put(shelf, SAMPLES["image/png"], "image/png")
    shelf.keep(ONE, said)
    put(shelf, SAMPLES["image/jpeg"], "image/jpeg")
    put(shelf, SAMPLES["audio/ogg"], "audio/ogg", TWO)
    shelf.forget_waiting(ONE)
    assert len(files(tmp_path)) == 2
    (tmp_path / TWO / "waiting/.0123").write_bytes(b"a process was killed here")
    Shelf(tmp_path, BOUNDS, ONE_KEY).forget_all_waiting()
    assert files(tmp_path) == [f"{ONE}/{said}"]


def test_another_consultations_is_not_found(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, BOUNDS, ONE_KEY)
    sha256 = put(shelf, SAMPLES["image/png"], "image/png")
    with pytest.raises(NotFound):
        shelf.keep(TWO, sha256)
    shelf.keep(ONE, sha256)
    with pytest.raises(NotFound):
        shelf.find(TWO, sha256)


@pytest.mark.parametrize(
    ("data", "media_type", "code"),
    [
        (b"x" * 100_001, "image/png", ErrorCode.TOO_LARGE),
        (SAMPLES["image/png"], "image/jpeg", ErrorCode.UNSUPPORTED_MEDIA_TYPE),
        (SAMPLES["image/png"][:-20], "image/png", ErrorCode.UNSUPPORTED_MEDIA_TYPE),
        (b"", "image/png", ErrorCode.UNSUPPORTED_MEDIA_TYPE),
    ],
)
def test_what_is_refused_leaves_nothing(tmp_path: Path, data: bytes, media_type: str, code: ErrorCode) -> None:
    with pytest.raises(UserError) as refused:
        put(Shelf(tmp_path, BOUNDS, ONE_KEY), data, media_type)
    assert refused.value.code is code
    assert files(tmp_path) == []


def test_all_of_a_consultation_are_bounded_together(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, BOUNDS._replace(all=3 * len(picture("PNG", 50, 50)) + 900), ONE_KEY)
    several = [picture("PNG", 50, 50 - n) for n in range(5)]
    shelf.keep(ONE, put(shelf, several[0], "image/png"))
    put(shelf, several[1], "image/png")
    put(shelf, several[2], "image/png")
    with pytest.raises(UserError) as refused:
        put(shelf, several[3], "image/png")
    assert refused.value.code is ErrorCode.TOO_MANY
    put(shelf, several[0], "image/png")  # the same one again takes no room
    put(shelf, several[4], "image/png", TWO)
    assert len(files(tmp_path)) == 4


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(tmp_path, BOUNDS, ONE_KEY)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patched:
        patched.setattr("sefaw_rtc.attachments.shelf.os.fsync", full)
        with pytest.raises(UserError) as refused:
            put(shelf, SAMPLES["image/png"], "image/png")
    assert refused.value.code is ErrorCode.STORAGE_FULL
    assert files(tmp_path) == []
    with pytest.raises(UserError) as refused:
        Shelf(tmp_path, BOUNDS._replace(free=1 << 60), ONE_KEY).begin(ONE)
    assert refused.value.code is ErrorCode.STORAGE_FULL


def test_the_disk_knows_nothing_of_them(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, BOUNDS, ONE_KEY)
    for media_type, data in SAMPLES.items():
        shelf.keep(ONE, put(shelf, data, media_type))
    for path in (tmp_path / ONE).iterdir():
        if path.is_file():
            assert path.read_bytes().startswith(MAGIC)
            assert not any(data[40:200] in path.read_bytes() for data in SAMPLES.values())


def test_those_of_before_are_read_and_then_sealed(tmp_path: Path) -> None:
    data = SAMPLES["image/png"]
    sha256 = hashlib.sha256(data).hexdigest()
    (tmp_path / ONE).mkdir()
    (tmp_path / ONE / sha256).write_bytes(data)
    shelf = Shelf(tmp_path, BOUNDS, ONE_KEY)
    assert shelf.find(ONE, sha256).data == data
    assert (shelf.seal_plain(), shelf.seal_plain()) == (1, 0)
    assert (tmp_path / ONE / sha256).read_bytes().startswith(MAGIC)
    assert shelf.find(ONE, sha256).data == data


def test_with_the_key_the_attachment_is_gone(tmp_path: Path) -> None:
    keys = keyring(tmp_path)
    keys.create(ONE)
    shelf = Shelf(tmp_path / "shelf", BOUNDS, keys)
    sha256 = put(shelf, SAMPLES["image/png"], "image/png")
    shelf.keep(ONE, sha256)
    keys.destroy(ONE)
    with pytest.raises(NotFound):
        shelf.find(ONE, sha256)


def test_one_of_another_name_does_not_open(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, BOUNDS, ONE_KEY)
    one, other = [put(shelf, SAMPLES[kind], kind) for kind in ("image/png", "image/jpeg")]
    shelf.keep(ONE, one)
    shelf.keep(ONE, other)
    (tmp_path / ONE / one).replace(tmp_path / ONE / other)
    with pytest.raises(NotFound):
        shelf.find(ONE, other)
