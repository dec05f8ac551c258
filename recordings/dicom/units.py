"""What a caliper says: in words beside it, and coded (UCUM, SNOMED CT) in a report."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from signalling.looking import Mark, Measure
from signalling.vocabulary import MeasureUnit

MILLI: Final = 1000
_SCHEME: Final = "99SEFAW"  # private (PS3.16 8.2): no public code says just "time" or "speed" between two marks

_SYMBOLS: Final[Mapping[MeasureUnit, str]] = MappingProxyType(
    {
        MeasureUnit.MM: "mm",
        MeasureUnit.MM2: "mm²",
        MeasureUnit.PX: "px",
        MeasureUnit.PX2: "px²",
        MeasureUnit.DEGREE: "°",
        MeasureUnit.SECOND: "s",
        MeasureUnit.CM_PER_S: "cm/s",
    }
)
UCUM: Final[Mapping[MeasureUnit, Code]] = MappingProxyType(
    {
        MeasureUnit.MM: codes.UCUM.Millimeter,
        MeasureUnit.MM2: codes.UCUM.SquareMillimeter,
        MeasureUnit.PX: Code("{pixels}", "UCUM", "pixels"),
        MeasureUnit.PX2: Code("{square_pixels}", "UCUM", "square pixels"),
        MeasureUnit.DEGREE: codes.UCUM.Degree,
        MeasureUnit.SECOND: codes.UCUM.Second,
        MeasureUnit.CM_PER_S: codes.UCUM.CentimeterPerSecond,
    }
)
QUANTITIES: Final[Mapping[MeasureUnit, Code]] = MappingProxyType(
    {
        MeasureUnit.MM: codes.SCT.Length,
        MeasureUnit.MM2: codes.SCT.Area,
        MeasureUnit.PX: codes.SCT.Length,
        MeasureUnit.PX2: codes.SCT.Area,
        MeasureUnit.DEGREE: codes.SCT.Angle,
        MeasureUnit.SECOND: Code("TIME", _SCHEME, "Time between two marks"),
        MeasureUnit.CM_PER_S: Code("SPEED", _SCHEME, "Speed between two marks"),
    }
)


def said(mark: Mark) -> str:
    """What stands beside a mark: its text, its figure, or both; may be nothing."""
    return " ".join(filter(None, (mark.text, figure(mark.measure) if mark.measure else "")))


def figure(measure: Measure) -> str:
    """One decimal where that is meant, two where it is small."""
    value = measure.value / MILLI
    space = "" if measure.unit is MeasureUnit.DEGREE else " "
    return f"{value:.{1 if value >= 10 else 2}f}{space}{_SYMBOLS[measure.unit]}"
