"""Marks as graphic and text objects (PS3.3 C.10.5): in PIXEL coordinates of their picture, a layer for each author."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from highdicom.pr import AnnotationUnitsValues, GraphicAnnotation, GraphicLayer, GraphicObject, GraphicTypeValues
from highdicom.pr import TextObject as Text
from pydicom import Dataset

from recordings.dicom.geometry import Grid, Points, pixels_of
from recordings.dicom.occasion import Occasion, long_string, uid
from recordings.dicom.units import said
from signalling.ids import ParticipantId
from signalling.looking_state import MarkState
from signalling.vocabulary import Shape

_HEAD: Final = 0.025  # an arrow's head, of the picture's longer side
_HEAD_ANGLE: Final = 0.45  # rad, each barb from the shaft
_CORNERS: Final = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))


def mark_uid(occasion: Occasion, mark: MarkState) -> str:
    """The tracking UID of a mark: the same in the presentation state and in the report."""
    return uid("mark", occasion.consultation, str(mark.participant), mark.mark.key)


def annotations(
    occasion: Occasion,
    image: Dataset,
    frame: int | None,
    marks: Sequence[MarkState],
    grid: Grid,
    names: Mapping[ParticipantId, str],
) -> tuple[list[GraphicLayer], list[GraphicAnnotation]]:
    """The layers and what is on them, of the marks of one frame (None: the image has but one)."""
    layers, drawn = [], []
    seen = [mark for mark in marks if mark.mark.shape is not Shape.TEXT or said(mark.mark)]
    for order, author in enumerate(sorted({mark.participant for mark in seen}), 1):
        layer = GraphicLayer(f"PARTICIPANT_{author}"[:16], order, long_string(names.get(author, "")) or None)
        own = [mark for mark in seen if mark.participant == author]
        layers.append(layer)
        drawn.append(_annotation(occasion, image, frame, layer, own, grid))
    return layers, drawn


def _annotation(
    occasion: Occasion, image: Dataset, frame: int | None, layer: GraphicLayer, marks: Sequence[MarkState], grid: Grid
) -> GraphicAnnotation:
    shapes, texts = [], []
    for mark in marks:
        tracking: dict[str, Any] = {"tracking_id": mark.mark.key, "tracking_uid": mark_uid(occasion, mark)}
        at = pixels_of(mark.mark.points, grid)
        found = _outline(mark.mark.shape, at, grid)
        if found is not None:
            kind, points = found
            shapes.append(GraphicObject(kind, points, units=AnnotationUnitsValues.PIXEL, **tracking))
        words = said(mark.mark)
        if words:
            place = (float(at[-1, 0]), float(at[-1, 1]))
            texts.append(Text(words, AnnotationUnitsValues.PIXEL, anchor_point=place, **tracking))
    return GraphicAnnotation([image], layer, frame, graphic_objects=shapes, text_objects=texts)


def _outline(shape: Shape, at: Points, grid: Grid) -> tuple[GraphicTypeValues, Points] | None:
    """A text has none."""
    match shape:
        case Shape.TEXT:
            return None
        case Shape.ARROW:
            return GraphicTypeValues.POLYLINE, _arrow(at, grid)
        case Shape.BOX:
            return GraphicTypeValues.POLYLINE, np.array([(at[x, 0], at[y, 1]) for x, y in _CORNERS])
        case Shape.ELLIPSE:
            return GraphicTypeValues.ELLIPSE, ellipse(at)
        case _:
            return GraphicTypeValues.POLYLINE, at if len(at) > 1 else np.repeat(at, 2, axis=0)


def _arrow(at: Points, grid: Grid) -> Points:
    """One line: to the tip, out to a barb, back, out to the other one. Barbs end at the picture's edge."""
    tail, tip = at[0], at[-1]
    heading = np.arctan2(*(tail - tip)[::-1])
    size = _HEAD * max(grid.columns, grid.rows)
    barbs = [
        tip + size * np.array((np.cos(heading + turn), np.sin(heading + turn))) for turn in (-_HEAD_ANGLE, _HEAD_ANGLE)
    ]
    line: Points = np.array([tail, tip, barbs[0], tip, barbs[1]])
    return line.clip(0, (grid.columns, grid.rows))


def ellipse(at: Points) -> Points:
    """The ends of the longer axis, then of the other one (C.10.5.1.2)."""
    (left, top), (right, bottom) = at.min(axis=0), at.max(axis=0)
    x, y = (left + right) / 2, (top + bottom) / 2
    across, down = [(left, y), (right, y)], [(x, top), (x, bottom)]
    return np.array([*across, *down] if right - left >= bottom - top else [*down, *across])
