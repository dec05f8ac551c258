"""From fractions of a picture to its pixels, and from a View's area to the displayed area of a presentation state
(PS3.3 C.10.4) and its spatial transformation (C.10.6). The page reads distances the same way (viewer/src/dicom)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from pydicom import Dataset

from signalling.looking import Area, Point
from signalling.vocabulary import LengthUnit

FRACTION: Final = 1e-8
LENGTH: Final = 1e-5
_QUARTER: Final = 9000  # 1/100 degree
_COS, _SIN = (1, 0, -1, 0), (0, 1, 0, -1)  # of quarter turns

Points = npt.NDArray[np.float64]
"""n × 2: column and row, 0·0 the outer corner of the first pixel."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The pixels of a picture: `sx`, `sy` the distances of columns and rows, in mm, or as the pixel's aspect ratio
    (`vertical`, `horizontal`) says where it is not calibrated."""

    columns: int
    rows: int
    sx: float
    sy: float
    unit: LengthUnit
    vertical: int = 1
    horizontal: int = 1


@dataclass(frozen=True, slots=True)
class Displayed:
    """`top_left` and `bottom_right` are the pixels (column, row from 1) that are seen in those corners of the screen;
    both belong to the area. Turned clockwise by `rotation` degrees, then flipped sideways."""

    top_left: tuple[int, int]
    bottom_right: tuple[int, int]
    rotation: int
    flip: bool


def grid_of(ds: Dataset) -> Grid:
    """Of an image's metadata. Raises AttributeError if it has no rows or columns."""
    columns, rows = int(ds.Columns), int(ds.Rows)
    for spacing, by in _spacings(ds):
        if len(spacing) == 2 and min(spacing) > 0:
            return Grid(columns, rows, sx=spacing[1] / by, sy=spacing[0] / by, unit=LengthUnit.MM)
    vertical, horizontal = _aspect(ds)
    return Grid(columns, rows, 1.0, vertical / horizontal, LengthUnit.PX, vertical, horizontal)


def _spacings(ds: Dataset) -> list[tuple[list[float], float]]:
    """In the patient; at the detector, less the magnification where it is known; of a scanned film."""
    shared = ds.get("SharedFunctionalGroupsSequence") or []
    measures = [item for group in shared[:1] for item in (group.get("PixelMeasuresSequence") or [])[:1]]
    magnification = max(1.0, float(ds.get("EstimatedRadiographicMagnificationFactor") or 1))
    return [
        *((_numbers(item.get("PixelSpacing")), 1.0) for item in measures),
        (_numbers(ds.get("PixelSpacing")), 1.0),
        (_numbers(ds.get("ImagerPixelSpacing")), magnification),
        (_numbers(ds.get("NominalScannedPixelSpacing")), 1.0),
    ]


def _aspect(ds: Dataset) -> tuple[int, int]:
    found = [int(value) for value in _numbers(ds.get("PixelAspectRatio"))]
    return (found[0], found[1]) if len(found) == 2 and min(found) > 0 else (1, 1)


def _numbers(value: Sequence[float] | None) -> list[float]:
    return [float(one) for one in value] if value else []


def pixels_of(points: Sequence[Point], grid: Grid) -> Points:
    """Where points lie. What lies beyond the picture is moved to its edge: PIXEL units end there (C.10.5)."""
    at = np.array([(p.x, p.y) for p in points], np.float64) * FRACTION * (grid.columns, grid.rows)
    return np.clip(at, 0, (grid.columns, grid.rows))


def displayed(area: Area | None, grid: Grid) -> Displayed:
    """The area in whole pixels, turned by the nearest quarter. None: the whole picture, upright."""
    if area is None:
        return Displayed((1, 1), (grid.columns, grid.rows), 0, flip=False)
    quarter = round(area.rotation / _QUARTER) % 4
    left, right, top, bottom = _edges(area, grid, quarter)
    # Which corner of the source is seen at the top left: undo the turn, then the flips.
    x, y = -_COS[quarter] - _SIN[quarter], _SIN[quarter] - _COS[quarter]
    from_left, from_top = (x < 0) != area.flip_horizontal, (y < 0) != area.flip_vertical
    columns = (left + 1, right) if from_left else (right, left + 1)
    rows = (top + 1, bottom) if from_top else (bottom, top + 1)
    flip = area.flip_horizontal != area.flip_vertical
    turn = 90 * quarter + (180 if area.flip_vertical else 0)
    return Displayed((columns[0], rows[0]), (columns[1], rows[1]), (-turn if flip else turn) % 360, flip=flip)


def _edges(area: Area, grid: Grid, quarter: int) -> tuple[int, int, int, int]:
    """Left, right, top and bottom edge in pixels of the source, on the picture; at least one pixel lies between.
    Corners beyond it would be legal, but negative ones are taken for huge ones (dciodvfy does): margins go."""
    own = 1.0 if area.unit is grid.unit else grid.sx if area.unit is LengthUnit.PX else 1 / grid.sx
    width, height = area.width * LENGTH * own, area.height * LENGTH * own
    across, down = (height, width) if quarter % 2 else (width, height)
    left, right = _around(area.centre_x * FRACTION * grid.columns, across / grid.sx, grid.columns)
    top, bottom = _around(area.centre_y * FRACTION * grid.rows, down / grid.sy, grid.rows)
    return left, right, top, bottom


def _around(centre: float, size: float, whole: int) -> tuple[int, int]:
    first = min(max(0, round(centre - size / 2)), whole - 1)
    return first, min(max(first + 1, round(centre + size / 2)), whole)
