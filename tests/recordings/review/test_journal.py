"""Reviews on disk: sealed, in order, whole after a torn end, nobody else's; and how complete a sealed recording is."""

from pathlib import Path

import pytest

from recordings import DataKey, LogDamaged, LogUnreadable, NotAuthentic, frame, read_log
from recordings.manifest import Counts, Damaged, Gap, LogFacts, Manifest, Segment, Track
from recordings.review.course import Recorded
from recordings.review.journal import FILE, ReviewWriter, read_reviews
from recordings.review.recorded import recorded
from recordings.review.review import NoteTaken, ReviewEvent
from signalling.ids import ConsultationId
from tests.recordings.review.desk import ANN

ONE, OTHER = ConsultationId("c" * 26), ConsultationId("d" * 26)
KEY = DataKey(b"k" * 32)
SECOND = 1_000_000


def event(seq: int) -> ReviewEvent:
    return ReviewEvent(seq=seq, at=seq, by=ANN, body=NoteTaken(note=seq, t=0, text=f"secret {seq}"))


def write(folder: Path, *events: ReviewEvent) -> list[ReviewEvent]:
    writer, before = ReviewWriter.open(folder, ONE, KEY)
    with writer:
        for one in events:
            writer.add(one)
    return before


def test_what_is_written_is_read_over_many_writers(tmp_path: Path) -> None:
    assert read_reviews(tmp_path, ONE, KEY) == []
    assert write(tmp_path, event(1), event(2)) == []
    assert write(tmp_path, event(3)) == [event(1), event(2)]
    assert write(tmp_path) == read_reviews(tmp_path, ONE, KEY) == [event(1), event(2), event(3)]
    assert b"secret" not in (tmp_path / FILE).read_bytes()


def test_a_torn_end_is_cut_and_gone_on_after(tmp_path: Path) -> None:
    write(tmp_path, event(1), event(2))
    path = tmp_path / FILE
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    assert read_reviews(tmp_path, ONE, KEY) == [event(1)]
    write(tmp_path, event(2))
    assert read_reviews(tmp_path, ONE, KEY) == [event(1), event(2)]


def test_another_key_another_consultation_and_another_order_are_told(tmp_path: Path) -> None:
    write(tmp_path, event(1), event(2), event(3))
    with pytest.raises(NotAuthentic):
        read_reviews(tmp_path, ONE, DataKey(b"x" * 32))
    with pytest.raises(LogDamaged):
        read_reviews(tmp_path, OTHER, KEY)
    path = tmp_path / FILE
    whole = path.read_bytes()
    records = read_log(path).records
    head = whole[: whole.index(records[1]) - 8]
    path.write_bytes(head + b"".join(frame(record) for record in (records[1], records[3], records[2])))
    with pytest.raises(NotAuthentic):
        read_reviews(tmp_path, ONE, KEY)


def test_an_event_out_of_order_was_not_written_here(tmp_path: Path) -> None:
    write(tmp_path, event(2))
    with pytest.raises(LogDamaged):
        read_reviews(tmp_path, ONE, KEY)


@pytest.mark.parametrize("content", [b"", b"SEFAWREC", b"no such thing at all, but long enough", frame(b"{}")])
def test_a_file_of_another_kind_is_never_written_over(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(LogUnreadable):
        read_reviews(tmp_path, ONE, KEY)
    with pytest.raises(LogUnreadable):
        ReviewWriter.open(tmp_path, ONE, KEY)
    assert (tmp_path / FILE).read_bytes() == content


# ---- how complete a recording is ----------------------------------------------------------------------------------


def manifest(*gaps: tuple[int, int, str], to: int = 100) -> Manifest:
    damaged = (Damaged(t_from=0, t_to=SECOND),)
    track = {"run": 1, "track": 1, "codec": "", "rid": "", "file": "", "t0": 0, "t_end": 0, "frames": 0, "packets": 0}
    tracks = tuple(
        Track(**track | {"kind": kind, "lost": 0, "by_reports": True, "damaged": damaged})  # type: ignore[arg-type]
        for kind in ("audio", "video")
    )
    return Manifest(
        consultation=ONE,
        started_unix_us=1,
        sealed_unix_ms=1,
        files=[],
        log=LogFacts(records=1, head="0" * 64),
        state="0" * 64,
        seq=1,
        segments=(Segment(number=1, file="media/a", t_from=0, t_to=to * SECOND),) if to else (),
        gaps=tuple(Gap(t_from=a * SECOND, t_to=b * SECOND, reason=why) for a, b, why in gaps),
        counts=Counts(packets=900, lost=60, dropped=40, damaged_us=2 * SECOND),
        tracks=tracks,
    )


def test_what_people_paused_is_not_missing_and_what_overlaps_counts_once() -> None:
    found = recorded(manifest((10, 20, "asked"), (30, 40, "slow"), (35, 50, "full"), (90, 120, "restarted")))
    assert found == Recorded(
        meant=110 * SECOND,
        missed=50 * SECOND,
        paused=10 * SECOND,
        gaps=3,
        packets=900,
        lost=100,
        damaged=2 * SECOND,
        keyframe_gaps=1,
    )


def test_what_should_have_been_recorded_and_never_was_is_all_missing() -> None:
    found = recorded(manifest((0, 60, "full"), to=0))
    assert found is not None
    assert (found.meant, found.missed) == (60 * SECOND, 60 * SECOND)
    assert recorded(manifest(to=0)) is None, "nobody consented to any"
