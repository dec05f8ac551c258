"""Where tiles stand, and nothing else is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.tlog.tiles import ENTRIES, Tile, width_at


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 273, 112), "tile/0/273.p/112"),
        (Tile(ENTRIES, 1_234_067), "tile/entries/x001/x234/067"),
        (Tile(63, 1_000, 1), "tile/63/x001/000.p/1"),
    ],
)
def test_where_a_tile_stands(tile: Tile, path: str) -> None:
    assert (tile.path, Tile.parse(path)) == (path, tile)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000/",
        "tile/00/000",
        "tile/64/000",
        "tile/0/0",
        "tile/0/x000/000",
        "tile/0/001/x002",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/../checkpoint",
        "tile/entries/" + "x001/" * 40 + "000",
        "tile/0/٠٠٠",
    ],
)
def test_other_paths_name_no_tile(path: str) -> None:
    assert Tile.parse(path) is None


@given(st.integers(-1, 63), st.integers(0, (1 << 55) - 1), st.integers(1, 256))
def test_paths_and_tiles_are_one_to_one(level: int, number: int, width: int) -> None:
    assert Tile.parse(Tile(level, number, width).path) == Tile(level, number, width)


def test_the_specification_s_tree_of_seventy_thousand() -> None:
    """tlog-tiles, "Partial Tiles": its example."""
    widths = [(level, [width_at(level, n, 70_000) for n in range(280)]) for level in range(4)]
    full = {level: row.count(256) for level, row in widths}
    partial = {level: [w for w in row if 0 < w < 256] for level, row in widths}
    assert full == {0: 273, 1: 1, 2: 0, 3: 0}
    assert partial == {0: [112], 1: [17], 2: [1], 3: []}
