"""Results as a table: for the terminal and for docs/benchmarks.md, from the same rows."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from loadtest.results import Results
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

Row = Sequence[str]
NONE: Final = "–"
BEGIN: Final = "<!-- bench:begin -->"
END: Final = "<!-- bench:end -->"
# The case in which the memory of participants is read: two peers each.
MEMORY_CASE: Final = FORWARDING[3]


def forwarding_rows(results: Results) -> list[Row]:
    head = ["shape", "LiveKit / Galene / Janus", "target", "ours", "range", "× floor", "delay p50 / p99 / p99.9 ms"]
    return [[*head, "lost", "generator"], *(_forwarding(results, case) for case in FORWARDING)]


def other_rows(results: Results) -> list[Row]:
    rows: list[Row] = [["figure", "LiveKit / Galene / Janus", "target", "ours"], *_join_rows(results)]
    silent = results.median(SILENT.name, lambda report: report.server.cpu_s / report.window_s * 100)
    rows.append([f"CPU of {SILENT.title}", NONE, f"≤ {TARGET_SILENT_PERCENT:g} % of a core", _number(silent, "%")])
    memory = results.median(MEMORY_CASE.name, participant_kib)
    rows.append(["memory per participant (publishes and watches)", NONE, NONE, _number(memory, "KiB", 0)])
    silent_memory = results.median(SILENT.name, peer_kib)
    rows.append(["memory per silent peer", NONE, NONE, _number(silent_memory, "KiB", 0)])
    rows.append(["this machine's floor", NONE, NONE, _number(results.floor_us(), "µs")])
    return rows


def peer_kib(report: Report) -> float | None:
    peers = report.publishers + report.viewers
    return (report.server.resident_after - report.server.resident_before) / 1024 / peers if peers else None


def participant_kib(report: Report) -> float | None:
    """A participant of a 1:1 consultation is two peers here: one that publishes, one that watches."""
    per_peer = peer_kib(report)
    return None if per_peer is None else 2 * per_peer


def text(results: Results) -> str:
    blocks = [_title(results), _aligned(forwarding_rows(results)), _aligned(other_rows(results)), *_remarks(results)]
    return "\n\n".join(block for block in blocks if block)


def markdown(results: Results) -> str:
    blocks = [_title(results), _pipes(forwarding_rows(results)), _pipes(other_rows(results)), *_remarks(results)]
    return "\n\n".join(block for block in blocks if block)


def put_into(document: str, results: Results) -> str:
    """The document with what stands between its two marks replaced. ValueError when it has none."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n{markdown(results)}\n{END}{after}"


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
        _number(ours, "µs"),
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
    return " / ".join(_number(figure) for figure in figures)


def _join_rows(results: Results) -> list[Row]:
    first = results.median(JOINS.name, lambda report: report.joins.first_packet.p50_ms if report.joins else None)
    answer = results.median(JOINS.name, lambda report: report.joins.answered.p50_ms if report.joins else None)
    cpu = results.median(JOINS.name, lambda report: report.joins.server_cpu_ms if report.joins else None)
    peers = " / ".join(f"{ms:g}" for ms in PEERS_JOIN_MS)
    rows: list[Row] = [
        ["WHEP join → first packet, p50", peers, f"≤ {TARGET_JOIN_MS:g} ms", _number(first, "ms")],
        ["WHEP join → answer, p50", NONE, NONE, _number(answer, "ms")],
        ["server CPU per join and leave", NONE, f"≤ {TARGET_JOIN_CPU_MS:g} ms", _number(cpu, "ms")],
    ]
    frames = results.first_frames
    if frames is not None:
        apart, close = TARGET_FIRST_FRAME_APART_MS, TARGET_FIRST_FRAME_BACK_TO_BACK_MS
        rows.append(
            ["join → first frame in Chromium, p50, ≥ 1.5 s apart", NONE, f"≤ {apart:g} ms", _middle(frames.apart)]
        )
        rows.append(["the same, back to back", NONE, f"≤ {close:g} ms", _middle(frames.back_to_back)])
    return rows


def _title(results: Results) -> str:
    machine = results.machine
    return (
        f"Sefaw RTC {results.version}, {results.at}; {machine.cores} × {machine.cpu}, {machine.memory_gib:g} GiB, "
        f"Linux {machine.kernel}; {len(results.rounds)} rounds, medians; µs of CPU of the whole server process per "
        f"forwarded packet."
    )


def _remarks(results: Results) -> list[str]:
    """Rounds that did not count, and why."""
    names = [*(case.name for case in FORWARDING), JOINS.name, SILENT.name]
    return [f"{name}: {complaint}" for name in names for complaint in results.complaints(name)]


def _number(value: float | None, unit: str = "", digits: int = 2) -> str:
    return NONE if value is None else f"{value:.{digits}f} {unit}".rstrip()


def _middle(figures: list[float]) -> str:
    return _number(median(figures) if figures else None, "ms", 0)


def _aligned(rows: list[Row]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _pipes(rows: list[Row]) -> str:
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
