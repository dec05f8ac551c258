"""Results as a table: for the terminal and for docs/benchmarks.md, from the same rows."""

from typing import Final

from loadtest.results import Results
from loadtest.sections import NONE, Row, aligned, middle, number, pipes
from loadtest.shapes import (
    FORWARDING,
    JOINS,
    PEERS_JOIN_MS,
    SILENT,
    TARGET_FIRST_FRAME_APART_MS,
    TARGET_FIRST_FRAME_BACK_TO_BACK_MS,
    TARGET_JOIN_CPU_MS,
    TARGET_JOIN_MS,
    TARGET_SILENT_PERCENT,
    Case,
)
from loadtest.swarm import Report

NAME: Final = "bench"
# The case in which the memory of participants is read: two peers each.
MEMORY_CASE: Final = FORWARDING[3]


def forwarding_rows(results: Results) -> list[Row]:
    head = ["shape", "LiveKit / Galene / Janus", "target", "ours", "range", "× floor", "delay p50 / p99 / p99.9 ms"]
    return [[*head, "lost", "generator"], *(_forwarding(results, case) for case in FORWARDING)]


def other_rows(results: Results) -> list[Row]:
    rows: list[Row] = [["figure", "LiveKit / Galene / Janus", "target", "ours"], *_join_rows(results)]
    silent = results.median(SILENT.name, lambda report: report.server.cpu_s / report.window_s * 100)
    rows.append([f"CPU of {SILENT.title}", NONE, f"≤ {TARGET_SILENT_PERCENT:g} % of a core", number(silent, "%")])
    memory = results.median(MEMORY_CASE.name, participant_kib)
    rows.append(["memory per participant (publishes and watches)", NONE, NONE, number(memory, "KiB", 0)])
    silent_memory = results.median(SILENT.name, peer_kib)
    rows.append(["memory per silent peer", NONE, NONE, number(silent_memory, "KiB", 0)])
    rows.append(["this machine's floor", NONE, NONE, number(results.floor_us(), "µs")])
    return rows


def peer_kib(report: Report) -> float | None:
    peers = report.publishers + report.viewers
    return (report.server.resident_after - report.server.resident_before) / 1024 / peers if peers else None


def participant_kib(report: Report) -> float | None:
    """A participant of a 1:1 consultation is two peers here: one that publishes, one that watches."""
    per_peer = peer_kib(report)
    return None if per_peer is None else 2 * per_peer


def text(results: Results) -> str:
    blocks = [_title(results), aligned(forwarding_rows(results)), aligned(other_rows(results)), *_remarks(results)]
    return "\n\n".join(block for block in blocks if block)


def markdown(results: Results) -> str:
    blocks = [_title(results), pipes(forwarding_rows(results)), pipes(other_rows(results)), *_remarks(results)]
    return "\n\n".join(block for block in blocks if block)


def _forwarding(results: Results, case: Case) -> Row:
    ours = results.median(case.name, lambda report: report.us_per_forwarded)
    figures = [report.us_per_forwarded for report in results.valid(case.name) if report.us_per_forwarded is not None]
    spread = f"{min(figures):.1f}–{max(figures):.1f}" if figures else NONE
    ratio = NONE if ours is None else f"{ours / results.floor_us():.1f}"
    share = results.median(case.name, lambda report: report.generator.cpu_share)
    late = results.median(case.name, lambda report: report.generator.late.p99_ms)
    generator = NONE if share is None else f"{share:.2f} core, late p99 {late:.1f} ms"
    lost = sum(report.lost for report in results.valid(case.name))
    return [
        case.title,
        " / ".join(f"{us:g}" for us in case.peers_us) if case.peers_us else NONE,
        NONE if case.target_us is None else f"≤ {case.target_us:g}",
        number(ours, "µs"),
        spread,
        ratio,
        _delays(results, case.name),
        str(lost),
        generator,
    ]


def _delays(results: Results, name: str) -> str:
    figures = (
        results.median(name, lambda report: report.delay.p50_ms),
        results.median(name, lambda report: report.delay.p99_ms),
        results.median(name, lambda report: report.delay.p999_ms),
    )
    return " / ".join(number(figure) for figure in figures)


def _join_rows(results: Results) -> list[Row]:
    first = results.median(JOINS.name, lambda report: report.joins.first_packet.p50_ms if report.joins else None)
    answer = results.median(JOINS.name, lambda report: report.joins.answered.p50_ms if report.joins else None)
    cpu = results.median(JOINS.name, lambda report: report.joins.server_cpu_ms if report.joins else None)
    peers = " / ".join(f"{ms:g}" for ms in PEERS_JOIN_MS)
    rows: list[Row] = [
        ["WHEP join → first packet, p50", peers, f"≤ {TARGET_JOIN_MS:g} ms", number(first, "ms")],
        ["WHEP join → answer, p50", NONE, NONE, number(answer, "ms")],
        ["server CPU per join and leave", NONE, f"≤ {TARGET_JOIN_CPU_MS:g} ms", number(cpu, "ms")],
    ]
    frames = results.first_frames
    if frames is not None:
        apart, close = TARGET_FIRST_FRAME_APART_MS, TARGET_FIRST_FRAME_BACK_TO_BACK_MS
        rows.append(
            ["join → first frame in Chromium, p50, ≥ 1.5 s apart", NONE, f"≤ {apart:g} ms", middle(frames.apart, "ms")]
        )
        rows.append(["the same, back to back", NONE, f"≤ {close:g} ms", middle(frames.back_to_back, "ms")])
    return rows


def _title(results: Results) -> str:
    machine = results.machine
    return (
        f"Sefaw RTC {results.version}, {results.at}; {machine.title}; "
        f"{len(results.rounds)} rounds, medians; µs of CPU of the whole server process per "
        f"forwarded packet."
    )


def _remarks(results: Results) -> list[str]:
    """Rounds that did not count, and why."""
    names = [*(case.name for case in FORWARDING), JOINS.name, SILENT.name]
    return [f"{name}: {complaint}" for name in names for complaint in results.complaints(name)]
