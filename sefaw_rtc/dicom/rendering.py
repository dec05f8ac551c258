"""What a request for a rendered picture asks (PS3.18 8.3.5): window, viewport, quality."""

import math
from collections.abc import Mapping
from typing import Final

from sefaw_rtc.dicom.frames import View
from sefaw_rtc.dicom.imaging import MOST_SIDE
from sefaw_rtc.dicom.qido import QueryError
from signalling.vocabulary import VoiFunction

MOST_SCREEN: Final = 8192  # px, the largest canvas of any browser
_FUNCTIONS: Final = {
    "linear": VoiFunction.LINEAR,
    "linear-exact": VoiFunction.LINEAR_EXACT,
    "sigmoid": VoiFunction.SIGMOID,
}


def parse_view(query: Mapping[str, str], form: str) -> View:
    """Raises QueryError. `annotation` and `iccprofile` are not done: pictures hold no text and are sRGB."""
    known = {"window", "viewport", "quality", "annotation", "iccprofile"}
    if unknown := set(query) - known:
        raise QueryError(f"{len(unknown)} parameters are not known")
    width, height, region = _viewport(query["viewport"]) if "viewport" in query else (0, 0, None)
    return View(
        form=form,
        window=_window(query["window"]) if "window" in query else None,
        width=width,
        height=height,
        region=region,
        quality=int(_number(query.get("quality", "85"), 1, 100)),
    )


def _window(text: str) -> tuple[float, float, VoiFunction]:
    """`centre,width,function` (8.3.5.1.2), in units after the rescale of the instance."""
    parts = text.split(",")
    if len(parts) != 3 or parts[2].lower() not in _FUNCTIONS:
        raise QueryError("window is centre,width,function")
    function = _FUNCTIONS[parts[2].lower()]
    least = 1.0 if function is VoiFunction.LINEAR else 1e-6
    return _number(parts[0], -1e9, 1e9), _number(parts[1], least, 1e9), function


def _viewport(text: str) -> tuple[int, int, tuple[int, int, int, int] | None]:
    """`vw,vh[,sx,sy,sw,sh]` (8.3.5.1.3); what is left empty is the picture's own. A negative size would mirror:
    not done."""
    parts = text.split(",")
    if len(parts) not in {2, 6}:
        raise QueryError("viewport has two or six numbers")
    width, height = (int(_number(part, 1, MOST_SCREEN)) for part in parts[:2])
    if len(parts) == 2:
        return width, height, None
    left, top = (int(_number(part or "0", 0, MOST_SIDE)) for part in parts[2:4])
    wide, tall = (int(_number(part or str(MOST_SIDE), 1, MOST_SIDE)) for part in parts[4:])
    return width, height, (left, top, wide, tall)


def _number(text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        raise QueryError("a number is none") from None
    if not math.isfinite(value) or not least <= value <= most:
        raise QueryError("a number is out of range")
    return value
