"""A pause costs more than itself: the frame that it cuts, and what comes until the next keyframe. That is its doing,
and no damage. What was damaged all the same is told, beside a pause too."""

from itertools import pairwise
from pathlib import Path

import pytest

from recordings.chunk import Entry, Rtp
from recordings.journal import MediaJournal
from recordings.media.frames import Span
from recordings.media.runs import survey
from recordings.projection import project
from tests.recordings.media.senders import KEY, US, WAY, Person, audio, merged, video, write
from tests.recordings.segments import CONSULTATION

FRAME = 33_333
GROUP = 12 * FRAME  # from a keyframe to the next


def damaged(folder: Path, entries: list[Entry], pauses: list[Span]) -> list[Span]:
    """Of the one run, where nothing of what was paused is in the journal."""
    kept = [one for one in entries if not any(pause.t_from <= one.t < pause.t_to for pause in pauses)]
    write(folder, kept)
    journal = MediaJournal(folder, CONSULTATION, KEY)
    found = survey(journal.read(), pauses)
    (made,) = project(journal.read, found, folder, CONSULTATION, KEY, pauses)
    return made.damaged


def sent(seconds: int, lost: set[int] | None = None, codec: str = "VP8") -> list[Entry]:
    """`lost`: packets, by their number."""
    person = Person(1, loses=lambda _run, n: n in (lost or set()))
    return merged(person.entries(video(1, codec), 0, seconds * US))


def packets_at(t: int) -> list[int]:
    """The numbers of those that came within a frame of it."""
    all_ = [one for one in sent(10) if isinstance(one, Rtp)]
    return [n for n, one in enumerate(all_) if t <= one.t < t + FRAME]


@pytest.mark.parametrize("codec", ["VP8", "VP9", "H264", "AV1"])
@pytest.mark.parametrize("begins", [3 * US, 3 * US + 11_000, 3 * US + 22_000])
def test_a_pause_damages_nothing(tmp_path: Path, codec: str, begins: int) -> None:
    assert damaged(tmp_path, sent(8, codec=codec), [Span(begins, begins + 2 * US + 100_000)]) == []


def test_nor_does_one_that_cuts_a_frame_in_two(tmp_path: Path) -> None:
    entries = sent(8)
    cut = next(
        one.t
        for one, then in pairwise(entries)
        if isinstance(one, Rtp) and isinstance(then, Rtp) and one.t == then.t > 3 * US
    )
    first = next(n for n, one in enumerate(entries) if one.t == cut)
    kept = [*entries[: first + 1], *(one for one in entries if one.t >= 5 * US)]
    assert damaged(tmp_path, kept, [Span(cut + 1, 5 * US)]) == []


def test_two_pauses_with_nothing_between_them_are_as_one(tmp_path: Path) -> None:
    assert damaged(tmp_path, sent(8), [Span(3 * US, 4 * US), Span(4 * US + 1_000, 5 * US + 100_000)]) == []


def test_sound_has_no_damage_by_a_pause(tmp_path: Path) -> None:
    assert damaged(tmp_path, merged(Person(1).entries(audio(1), 0, 8 * US)), [Span(3 * US + 7_000, 5 * US)]) == []


def test_what_was_damaged_before_it_is_told(tmp_path: Path) -> None:
    lost = 3 * US - 5 * FRAME
    pause = Span(3 * US, 5 * US)
    (span, *_) = damaged(tmp_path, sent(8, {*packets_at(lost + WAY)}), [pause])
    assert lost - 2 * FRAME < span.t_from < lost + WAY
    assert span.t_to > pause.t_from, "it lasts until the pause, and over it"


def test_a_keyframe_that_is_lost_after_it_is_damage_until_the_next(tmp_path: Path) -> None:
    pause = Span(3 * US, 5 * US)
    whole = sent(8)
    after = [one.t for one in whole if isinstance(one, Rtp) and one.t >= pause.t_to]
    key = next(t for t in range(0, 8 * US, GROUP) if t >= after[0])  # when it was sent
    (span,) = damaged(tmp_path, sent(8, {*packets_at(key + WAY)}), [pause])
    assert abs(span.t_from - pause.t_to) < 2 * FRAME
    assert key + GROUP <= span.t_to < key + GROUP + WAY + FRAME


def test_a_keyframe_that_does_not_come_for_long_is_told(tmp_path: Path) -> None:
    pause = Span(3 * US, 5 * US)
    track = video(1)
    every = track.payloads
    late = range(pause.t_from // FRAME, pause.t_to // FRAME + 60)  # the sender makes none for two seconds after it
    track.payloads = lambda n: every(n % 12 or 1) if n in late else every(n)
    (span,) = damaged(tmp_path, merged(Person(1).entries(track, 0, 12 * US)), [pause])
    assert span.t_from == pause.t_to
    assert 2 * US - FRAME < span.t_to - span.t_from < 2 * US + GROUP + WAY + FRAME
