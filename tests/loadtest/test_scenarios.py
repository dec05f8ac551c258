"""What the scenarios make of what they measured: parts that add up, medians, and faults that are found."""

from typing import Any

import msgspec
import pytest

from loadtest import churn, fast, first_picture, glass, join, loss, marked, marks, sections, views
from loadtest.bench import SCENARIOS
from loadtest.churn import Churn, Counts, parse
from loadtest.results import Machine

MACHINE = Machine("Test CPU", 2, 4.0, "6.0")
MARKS = [
    ["click", 900.0],
    ["sent join", 1000.0],
    ["received joined", 1110.0],
    ["ice connected", 1220.0],
    ["dtls connected", 1330.0],
    ["first packet audio", 1332.0],
    ["first packet video", 1340.0],
]
FIRST = {"shown": 1372.0, "received": 1350.0, "decoding": 3.0, "width": 640}


def joins(*extra: float) -> join.Joins:
    made = [join._parts({"marks": MARKS, "first": FIRST | {"shown": 1372.0 + more}}, {}) for more in extra]
    return join.Joins("2026", MACHINE, "156", made)


def test_the_parts_of_a_join_add_up_to_the_whole() -> None:
    one = joins(0).joins[0]
    assert (one.click, one.joined, one.ice, one.dtls, one.packet, one.keyframe, one.shown) == (
        -100.0,
        110.0,
        220.0,
        330.0,
        332.0,
        350.0,
        372.0,
    )
    parts = join.tables(joins(0))[1].rows[1:-1]
    assert sum(float(row[2]) for row in parts) == 372


def test_a_state_that_was_told_late_makes_no_part_negative() -> None:
    late = [*MARKS[:4], ["dtls connected", 1360.0], *MARKS[5:]]
    one = join._parts({"marks": late, "first": FIRST}, {})
    assert one.ice <= one.dtls <= one.packet <= one.keyframe <= one.shown


def test_slow_joins_are_named() -> None:
    assert join.missed(joins(0, 10, 20)) == []
    assert join.missed(joins(0, 10, 500)) == ["join p95: 872 ms > 600 ms"]


def inbound(kind: str, **figures: float) -> dict[str, Any]:
    return {"type": "inbound-rtp", "kind": kind, **figures}


def test_a_loss_cell_counts_its_window_only() -> None:
    before = [inbound("audio", totalSamplesReceived=1000, concealedSamples=500), inbound("video", framesDecoded=50)]
    after = [
        inbound("audio", totalSamplesReceived=481_000, concealedSamples=5300),
        inbound("video", framesDecoded=350, freezeCount=2, totalFreezesDuration=0.5, bytesReceived=1_000_000),
    ]
    cell = loss._difference("1 % random", "server", 0, 10.0, loss._grown(before, after), 0.01)
    assert (cell.frames_per_s, cell.freezes, cell.frozen_s, cell.concealed) == (30.0, 2, 0.5, 0.01)
    row = loss.tables(loss.Losses("2026", MACHINE, "156", [cell]))[0].rows[1]
    assert row[:7] == ["1 % random", "by our server", "1.0", "30.0", "12.0", "5.0", "1.00"]


def test_glass_to_glass_is_compared_over_all_runs() -> None:
    kind = next(iter(glass.KINDS))
    runs = [glass.Run(kind, "server", n, 640, [40.0 + n] * 10, 0) for n in range(3)]
    runs += [glass.Run(kind, "direct", n, 640, [30.0 + n] * 10, 1) for n in range(3)]
    result = glass.Glass("2026", MACHINE, "156", runs)
    assert glass.differences(result, kind) == (10.0, 10.0)
    assert "+10 / +10 ms" in glass.missed(result)[0]
    assert glass.tables(result)[0].rows[2][3] == "30 (3)"


def counts(objects: dict[str, int] | None = None, **figures: float) -> Counts:
    quiet = dict.fromkeys(churn._EXACT, 1.0) | {churn.RSS: float(100 << 20)}
    return Counts(quiet | figures, objects or {})


def churned(after: Counts, joined: Counts | None = None) -> Churn:
    return Churn("2026", MACHINE, 2000, 1000, 100, counts(), joined or counts(), after)


@pytest.mark.parametrize(
    ("after", "word"),
    [
        (counts(process_open_fds=2.0), "process_open_fds"),
        (counts(sefaw_tasks=2.0), "sefaw_tasks"),
        (counts(sefaw_media_peers=2.0), "sefaw_media_peers"),
        (counts(process_resident_memory_bytes=float(120 << 20)), "20.0 MiB"),
        (counts({"sefaw_rtc.service.host.Host": 50}), "Host: 50 more"),
        (counts({"signalling.events.Event": 50}), "Event: 50 more"),
    ],
)
def test_whatever_grows_is_found(after: Counts, word: str) -> None:
    assert any(word in said for said in churn.missed(churned(after)))


def test_what_is_meant_to_be_kept_is_no_growth() -> None:
    log = counts({"signalling.events.Event": 4000})
    assert churn.missed(churned(log, joined=log)) == []
    kept = counts(dict.fromkeys(churn.KEPT_PER_CONSULTATION, 100))
    assert churn.missed(churned(kept)) == []
    assert churn.missed(churned(counts(dict.fromkeys(churn.KEPT_PER_CONSULTATION, 200)))) != []


def test_an_exposition_is_summed_over_its_labels() -> None:
    text = (
        "# HELP sefaw_media_peers Peers\n"
        'sefaw_media_peers{shard="0",transport="udp"} 2.0\nsefaw_media_peers{shard="0",transport="tcp"} 1.0\n'
        'sefaw_objects{type="sefaw_rtc.service.host.Host"} 3.0\nprocess_resident_memory_bytes 1.5e+06\nother 9\n'
    )
    assert parse(text) == Counts(
        {"sefaw_media_peers": 3.0, "process_resident_memory_bytes": 1.5e6}, {"sefaw_rtc.service.host.Host": 3}
    )


def test_every_result_survives_its_file() -> None:
    for name, result in (("join", joins(0)), ("churn", churned(counts()))):
        assert msgspec.json.decode(msgspec.json.encode(result), type=SCENARIOS[name].kind) == result


def test_tables_are_said_in_both_forms() -> None:
    table = sections.Table("It took:", [["what", "ms"], ["all", "3"]])
    assert sections.text([table]) == "It took:\nwhat  ms\nall   3"
    assert sections.markdown([table]) == "It took:\n\n| what | ms |\n| --- | --- |\n| all | 3 |"
    assert sections.share([], 0.5) is None
    assert sections.share([3, 1, 2], 0.95) == 3


def window(moving: bool, process: float, python: float, got: int) -> fast.Window:
    return fast.Window(moving, 10.0, process, python, 2400 if moving else 0, got, [8.0] * got)


def test_what_pointers_cost_python_is_named() -> None:
    still, cheap, dear = window(False, 0.8, 0.3, 0), window(True, 3.0, 0.31, 16800), window(True, 7.0, 1.3, 16800)
    assert fast.missed(fast.Fast("2026", MACHINE, "156", [still, cheap])) == []
    assert len(fast.missed(fast.Fast("2026", MACHINE, "156", [still, dear]))) == 2
    assert fast.missed(fast.Fast("2026", MACHINE, "156", [still, window(True, 1.0, 0.3, 0)]))
    rows = fast.tables(fast.Fast("2026", MACHINE, "156", [still, cheap]))[0].rows
    assert "240 and 1680" in rows[3][2]


def frames(*pairs: tuple[int, int]) -> list[marked.Frame]:
    """Presented frames: `(rtp, painted at)`."""
    return [marked.Frame(rtp % (1 << 32), stamp, [], [], 40.0) for rtp, stamp in pairs]


WRAP = (1 << 32) - 6_000
RIGHT = [(WRAP + n * 3_000, 1_000 + n * 33) for n in range(30)]


def test_a_canvas_that_shows_another_frame_than_it_says_is_found() -> None:
    assert marked.wrong(frames(*RIGHT)) == {}
    assert marked.wrong([]) == {}
    next_one = [*RIGHT[:10], (RIGHT[10][0], RIGHT[11][1]), *RIGHT[11:]]
    assert set(marked.wrong(frames(*next_one))) == {10, 11}, "it is early, and the same picture comes again"
    passed_over = [*RIGHT[:10], (RIGHT[10][0], RIGHT[11][1]), *RIGHT[12:]]
    assert set(marked.wrong(frames(*passed_over))) == {10}, "even if the next frame itself is never presented"
    before = [*RIGHT[:10], (RIGHT[10][0], RIGHT[9][1]), *RIGHT[11:]]
    assert marked.wrong(frames(*before)) == {10: "+0 ms after +3000"}
    captured_late = [*RIGHT[:10], (RIGHT[10][0], RIGHT[10][1] - 30), *RIGHT[11:]]
    assert marked.wrong(frames(*captured_late)) == {}
    keyless = [*frames(*RIGHT), marked.Frame(None, 2_000, [], [], 40.0)]
    assert marked.wrong(keyless) == {30: "no key"}
    unreadable = [*frames(*RIGHT), marked.Frame(90_000, None, [], [], None)]
    assert marked.wrong(unreadable) == {}


def with_mark(seen: list[marked.Frame], since: int, key: str, *, flagged: bool = False) -> list[marked.Frame]:
    """A mark stands on the frames from this place on."""
    drawn = [msgspec.structs.replace(one, marks=[*one.marks, key]) for one in seen[since:]]
    said = [msgspec.structs.replace(one, flagged=[key]) if flagged else one for one in drawn]
    return [*seen[:since], *said]


def drawn_on(place: int, key: str = "a") -> marked.Drawn:
    rtp, stamp = RIGHT[place]
    return marked.Drawn(key, rtp % (1 << 32), stamp)


def test_a_mark_stands_where_it_was_drawn_or_says_that_it_does_not() -> None:
    right = marked.judged("no loss", with_mark(frames(*RIGHT), 12, "a"), [drawn_on(10)])
    assert (right.frames, right.with_marks, right.wrong, right.flagged) == (30, 18, 0, 0)
    assert (right.marks, right.marks_flagged) == (1, 0)
    elsewhere = msgspec.structs.replace(drawn_on(10), stamp=RIGHT[11][1])
    assert marked.judged("no loss", with_mark(frames(*RIGHT), 12, "a"), [elsewhere]).wrong == 18
    lost = frames(*RIGHT[:10], *RIGHT[11:])
    unsaid = marked.judged("no loss", with_mark(lost, 12, "a"), [drawn_on(10)])
    assert (unsaid.wrong, unsaid.astray, len(unsaid.odd)) == (17, 17, 17)
    said = marked.judged("no loss", with_mark(lost, 12, "a", flagged=True), [drawn_on(10)])
    assert (said.wrong, said.flagged, said.marks, said.marks_flagged) == (0, 17, 1, 1)


def test_a_mark_whose_frame_the_screen_left_out_is_right_if_that_very_picture_came() -> None:
    skipped, came = (
        frames(*RIGHT[:10], *RIGHT[11:]),
        [marked.Decoded(one.rtp or 0, one.stamp) for one in frames(*RIGHT)],
    )
    right = marked.judged("no loss", with_mark(skipped, 12, "a"), [drawn_on(10)], came)
    assert (right.wrong, right.flagged, right.marks_skipped, right.before) == (0, 0, 1, 17)
    assert (right.came, right.left_out) == (30, 1)
    elsewhere = msgspec.structs.replace(drawn_on(10), stamp=RIGHT[9][1])
    assert marked.judged("no loss", with_mark(skipped, 12, "a"), [elsewhere], came).astray == 17
    early = marked.judged("no loss", with_mark(skipped, 8, "a"), [drawn_on(10)], came)
    assert early.astray == 2, "two frames are older than what was drawn on"


def test_a_mark_on_a_frame_that_was_never_sent_may_have_the_key_of_the_next_and_of_no_other() -> None:
    sent = frames(*RIGHT[:10], *RIGHT[11:])
    for place, wrong in ((9, 18), (11, 0), (12, 18)):
        mark = msgspec.structs.replace(drawn_on(place), stamp=RIGHT[10][1])
        seen = marked.judged("no loss", with_mark(sent, 11, "a"), [mark])
        assert (seen.wrong, seen.marks_unsent) == (wrong, int(place == 11)), place
    mark = msgspec.structs.replace(drawn_on(11), stamp=RIGHT[10][1])
    seen = marked.judged("no loss", with_mark(frames(*RIGHT), 12, "a"), [mark])
    assert seen.wrong == 18, "that picture did come, under its own key"


def test_a_frame_that_was_looked_at_twice_is_one_and_marks_from_before_are_not_judged() -> None:
    seen = with_mark(frames(*RIGHT[5:]), 0, "a")
    twice = marked.judged("no loss", [seen[0], *seen], [drawn_on(2)])
    assert (twice.frames, twice.wrong, twice.marks) == (25, 0, 0)


def test_marks_that_miss_their_targets_are_said() -> None:
    good = marked.Seen("no loss", 3_000, 3_000, 0, 0, 0, 0, 70, 0, [])
    one_wrong = msgspec.structs.replace(good, wrong=1, odd=["7: +33 ms"])
    lossy = msgspec.structs.replace(good, line=marks.LOSSY, frames=10_000, flagged=11)
    glasses = [marks.Ages("marks", [50.0, 60.0, 90.0]), marks.Ages("direct", [40.0, 41.0, 60.0])]
    result = marks.Marks("2026", MACHINE, "156", [one_wrong, lossy], glasses)
    assert marks.missed(result) == [
        "marks, no loss: 1 frames wrong: 7: +33 ms",
        "marks, 5 % loss, 50 ms jitter: 11 of 10000 frames flagged",
        "glass to glass with marks: +19 / +30 ms beyond page to page",
    ]
    shown = sections.text(marks.tables(result))
    assert "0.110" in shown
    assert "+19 / +30 ms" in shown
    assert marks.missed(marks.Marks("2026", MACHINE, "156", [good], [])) == []
    assert marks.missed(marks.Marks("2026", MACHINE, "156", [], glasses[1:])), "nothing of ours was seen"
    few = msgspec.structs.replace(good, frames=2_999)
    assert "too few" in marks.missed(marks.Marks("2026", MACHINE, "156", [few], []))[0]


def test_a_change_is_as_old_as_its_own_drawing_and_no_other() -> None:
    changes = [[1000, "voi 1 9"], [1033, "voi 2 9"], [1066, "voi 1 9"], [9000, "voi 3 9"]]
    drawn = [[990, ["voi 1 9"]], [1020, ["area 0 0", "voi 1 9"]], [1090, ["voi 1 9"]], [5000, ["voi 2 9"]]]
    assert views.ages(changes, drawn) == [20, 24]  # the second was overtaken, the last never drawn


def test_late_views_and_views_that_differ_are_named() -> None:
    drags = [views.Drags("moved", 1200, 3, 100, 100, [30.0] * 95 + [50.0] * 5, [45.0]) for _ in range(3)]
    good = views.Views("2026", MACHINE, "156", drags)
    assert views.missed(good) == []
    late = msgspec.structs.replace(drags[0], rests=99, ages=[36.0] * 900)
    assert len(views.missed(msgspec.structs.replace(good, kinds=[late, *drags[1:]]))) == 2
    assert views.missed(msgspec.structs.replace(good, kinds=[]))
    assert views.tables(good)[0].rows[4] == ["all", "30 / 50 / 50", "45 / 45 / 45", "3600 (9)", "300 of 300"]


def told(at: float, plain: bool, behind: int, count: int, *words: str) -> list[Any]:
    return [at, "1.5", plain, behind, count, list(words)]


SEEN: dict[str, list[Any]] = {
    "opened": [[1000.0, "1.2"]],
    "drawn": [
        [900.0, "1.1", "exact"],
        [1400.0, "1.2", "preview"],
        [1450.0, "1.2", "preview"],
        [3000.0, "1.2", "exact"],
    ],
    "told": [
        told(950.0, True, 0, 40, first_picture.PREVIEW),  # of the one before
        told(1500.0, True, 1, 0, first_picture.PREVIEW),
        told(2900.0, False, 1, 0),
        told(3100.0, False, 39, 40),
        told(4000.0, False, 38, 40),
        told(9000.0, False, 34, 40),
        told(60_000.0, False, 0, 40),
    ],
}


def test_a_first_picture_counts_from_the_news_of_it_and_a_preview_only_where_the_page_says_so() -> None:
    found = first_picture.times(SEEN, "1.2")
    assert found == {"preview": 0.5, "exact": 2.0, "next": 3.0, "near": 8.0, "whole": 59.0}
    silent = SEEN | {"told": [told(1500.0, True, 1, 0), *SEEN["told"][2:]]}
    assert "preview" not in first_picture.times(silent, "1.2")
    assert first_picture.times(SEEN, "1.9") == {}
    assert set(first_picture.times(SEEN | {"told": SEEN["told"][:4]}, "1.2")) == {"preview", "exact"}


def test_a_late_first_picture_of_the_ct_is_named() -> None:
    def sight(what: str, preview: float | None, during: str = first_picture.VIDEO) -> first_picture.Sight:
        return first_picture.Sight(what, during, 2.0, preview)

    def result(*sights: first_picture.Sight) -> first_picture.FirstPictures:
        fetched = [first_picture.Fetched(first_picture.CT, 21_000_000, 170.0)]
        return first_picture.FirstPictures("2026", MACHINE, "156", list(sights), fetched)

    ct, cine = first_picture.CT, first_picture.CINE
    assert first_picture.missed(result(sight(ct, 0.6), sight(ct, 9.0, first_picture.COLD), sight(cine, 1.6))) == []
    assert first_picture.missed(result(sight(ct, None), sight(ct, 1.6))) == [
        "first picture: 2 of the CT's later than 1.5 s, the last 2.00 s"
    ]
    rows = first_picture.tables(result(sight(ct, 0.5), sight(ct, 0.7), sight(cine, None)))[0].rows
    assert rows[1] == [ct, first_picture.VIDEO, "2", "0.60 (0.70)", "2.00 (2.00)", "–", "–", "–", "–"]
    assert rows[2][3] == "–"
