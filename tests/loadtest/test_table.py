"""The bench's arithmetic and its table, on made-up reports."""

import msgspec
import pytest

from loadtest import sections, table
from loadtest.results import FirstFrames, Machine, Results, Round
from loadtest.shapes import FORWARDING, JOINS, SILENT
from loadtest.swarm import Generator, Joins, Percentiles, Report, Server


def percentiles(p50: float = 0.1) -> Percentiles:
    return Percentiles(100, p50, p50 * 2, p50 * 3, p50 * 4)


def report(us: float | None = 10.0, *, valid: bool = True, joins: Joins | None = None, cpu_s: float = 0.1) -> Report:
    complaints = [] if valid else ["the generator used 0.99 of a core"]
    return Report(
        publishers=50,
        viewers=50,
        connected=100,
        failures=[],
        srtp="SRTP_AEAD_AES_256_GCM",
        window_s=10.0,
        lost=1,
        recovered=0,
        counts={"received": 1000},
        delay=percentiles(),
        us_per_forwarded=us,
        joins=joins,
        server=Server(cpu_s, 0.5, 100 << 20, 110 << 20, 120 << 20),
        generator=Generator(0.25, percentiles(), valid, complaints),
    )


def results(*rounds: dict[str, Report], frames: FirstFrames | None = None) -> Results:
    machine = Machine("Test CPU", 2, 4.0, "6.0")
    return Results("2026-01-01", "0.1.0", machine, [Round(2.0, reports) for reports in rounds], frames)


CASE = FORWARDING[2].name


def test_the_median_of_valid_rounds_is_shown_with_its_ratio_to_the_floor() -> None:
    outcome = results(
        {CASE: report(9.0)}, {CASE: report(30.0, valid=False)}, {CASE: report(11.0)}, {CASE: report(10.0)}
    )
    row = next(row for row in table.forwarding_rows(outcome) if row[0] == FORWARDING[2].title)
    assert row[1:6] == ["45.6 / 42.5 / 55", "≤ 12", "10.00 µs", "9.0–11.0", "5.0"]
    assert "0.99 of a core" in table.text(outcome)


def test_a_case_without_a_valid_round_shows_no_figure() -> None:
    outcome = results({CASE: report(valid=False)})
    row = next(row for row in table.forwarding_rows(outcome) if row[0] == FORWARDING[2].title)
    assert row[3:6] == [table.NONE] * 3


def test_joins_silence_and_memory_have_their_rows() -> None:
    joins = Joins(percentiles(), percentiles(), percentiles(), percentiles(7.5), 1.25)
    reports = {
        JOINS.name: report(None, joins=joins),
        SILENT.name: report(None, cpu_s=0.15),
        table.MEMORY_CASE.name: report(),
    }
    frames = FirstFrames("156", [100.0, 120.0, 140.0], [200.0])
    rows = {row[0]: row[-1] for row in table.other_rows(results(reports, frames=frames))}
    assert rows["WHEP join → first packet, p50"] == "7.50 ms"
    assert rows["server CPU per join and leave"] == "1.25 ms"
    assert rows["CPU of 500 connected silent peers"] == "1.50 %"
    assert rows["memory per participant (publishes and watches)"] == "410 KiB"
    assert rows["join → first frame in Chromium, p50, ≥ 1.5 s apart"] == "120 ms"


def test_a_document_takes_the_table_between_its_marks() -> None:
    outcome = results({CASE: report(10.0)})
    body = table.markdown(outcome)
    once = sections.put_into("before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n", table.NAME, body)
    assert once.startswith("before\n<!-- bench:begin -->\n")
    assert once.endswith("<!-- bench:end -->\nafter\n")
    assert "10.00 µs" in once
    assert "old" not in once
    assert sections.put_into(once, table.NAME, body) == once
    with pytest.raises(ValueError, match="has no"):
        sections.put_into("no marks", table.NAME, body)


def test_results_survive_their_file() -> None:
    outcome = results({CASE: report()})
    assert msgspec.json.decode(msgspec.json.encode(outcome), type=Results) == outcome
