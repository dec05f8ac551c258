"""View → presentation state → View: what comes back is what went in, but for what docs/dicom.md lists (whole pixels,
quarter turns). The way back is read from the standard (PS3.3 C.10.4, C.10.6), not from the writer."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recordings.dicom.geometry import Displayed, Grid, displayed, grid_of
from signalling.looking import Area
from signalling.vocabulary import LengthUnit
from tests.recordings.dicom.consultations import CINE, CT

grids = st.builds(
    Grid,
    st.integers(1, 4096),
    st.integers(1, 4096),
    st.floats(0.05, 5),
    st.floats(0.05, 5),
    st.sampled_from(LengthUnit),
)
areas = st.builds(
    Area,
    centre_x=st.integers(-50_000_000, 150_000_000),
    centre_y=st.integers(-50_000_000, 150_000_000),
    width=st.integers(100_000, 400_000_000),
    height=st.integers(100_000, 400_000_000),
    unit=st.sampled_from(LengthUnit),
    rotation=st.integers(0, 35_999),
    flip_horizontal=st.booleans(),
    flip_vertical=st.booleans(),
)


def turn(degrees: float) -> np.ndarray:
    """Clockwise on a screen, whose y goes down."""
    cos, sin = round(math.cos(math.radians(degrees))), round(math.sin(math.radians(degrees)))
    return np.array([[cos, -sin], [sin, cos]])


def as_the_view_says(area: Area) -> np.ndarray:
    """Flips, then the turn, by the nearest quarter."""
    flips = np.diag([-1 if area.flip_horizontal else 1, -1 if area.flip_vertical else 1])
    return turn(90 * round(area.rotation / 9000)) @ flips


def as_dicom_says(seen: Displayed) -> np.ndarray:
    """The turn, then the flip."""
    return np.diag([-1 if seen.flip else 1, 1]) @ turn(seen.rotation)


@given(areas, grids)
def test_the_picture_is_turned_and_flipped_as_the_view_says(area: Area, grid: Grid) -> None:
    assert np.array_equal(as_dicom_says(displayed(area, grid)), as_the_view_says(area))


@given(areas, grids)
def test_the_corners_are_seen_in_those_corners_of_the_screen(area: Area, grid: Grid) -> None:
    seen = displayed(area, grid)
    along = as_dicom_says(seen) @ (np.array(seen.bottom_right) - np.array(seen.top_left))
    assert (along >= 0).all()  # right and down on the screen


@given(areas, grids)
def test_the_rectangle_is_the_part_of_the_views_on_the_picture_within_half_a_pixel_at_each_edge(
    area: Area, grid: Grid
) -> None:
    seen = displayed(area, grid)
    own = 1.0 if area.unit is grid.unit else grid.sx if area.unit is LengthUnit.PX else 1 / grid.sx
    size = np.array([area.width, area.height]) * 1e-5 * own
    if round(area.rotation / 9000) % 2:
        size = size[::-1]
    pixels = size / (grid.sx, grid.sy)
    centre = np.array([area.centre_x, area.centre_y]) * 1e-8 * (grid.columns, grid.rows)
    corners = np.array([seen.top_left, seen.bottom_right])
    first, last = corners.min(axis=0) - 1, corners.max(axis=0)  # edges, from 0
    whole = np.array([grid.columns, grid.rows])
    small = np.maximum(0, 1 - pixels)  # at least one pixel is shown
    assert (first >= 0).all()
    assert (first < last).all()
    assert (last <= whole).all()
    # The part that lies on the picture: margins beyond it are left out.
    assert (np.abs(first - np.clip(centre - pixels / 2, 0, whole - 1)) <= 0.5 + small + 1e-6).all()
    assert (np.abs(last - np.clip(centre + pixels / 2, 1, whole)) <= 0.5 + small + 1e-6).all()


def test_no_area_is_the_whole_picture() -> None:
    assert displayed(None, grid_of(CT)) == Displayed((1, 1), (CT.Columns, CT.Rows), 0, flip=False)


def test_distances_come_from_where_the_page_takes_them() -> None:
    assert (grid_of(CT).sx, grid_of(CT).unit) == (float(CT.PixelSpacing[1]), LengthUnit.MM)
    assert (grid_of(CINE).sx, grid_of(CINE).unit) == (1.0, LengthUnit.PX)
