"""Where a scenario's tables go: the terminal, and its own place in docs/benchmarks.md between two marks."""

from collections.abc import Sequence
from statistics import median
from typing import Final

import msgspec

NONE: Final = "–"
Row = Sequence[str]


class Table(msgspec.Struct, frozen=True):
    """A head, rows under it, and a sentence before."""

    says: str
    rows: list[Row]


def text(tables: Sequence[Table]) -> str:
    return "\n\n".join(f"{table.says}\n{aligned(table.rows)}" for table in tables)


def markdown(tables: Sequence[Table]) -> str:
    return "\n\n".join(f"{table.says}\n\n{pipes(table.rows)}" for table in tables)


def put_into(document: str, name: str, body: str) -> str:
    """The document with what stands between the marks of `name` replaced. ValueError when it has none."""
    opening, closing = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before, begin, rest = document.partition(opening)
    _, end, after = rest.partition(closing)
    if not begin or not end:
        raise ValueError(f"the document has no {opening} … {closing}")
    return f"{before}{opening}\n{body}\n{closing}{after}"


def number(value: float | None, unit: str = "", digits: int = 2) -> str:
    return NONE if value is None else f"{value:.{digits}f} {unit}".rstrip()


def middle(figures: Sequence[float], unit: str = "", digits: int = 0) -> str:
    return number(median(figures) if figures else None, unit, digits)


def share(figures: Sequence[float], part: float) -> float | None:
    """The figure below which `part` of them lie (nearest rank)."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else None


def aligned(rows: Sequence[Row]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def pipes(rows: Sequence[Row]) -> str:
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
