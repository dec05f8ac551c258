"""The picture of the side-by-side video: a tile for each who was seen, the name below it, the time at the bottom. What
is said stands beside the pictures, never on them."""

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

WIDTH: Final = 1280
TILES_MOST: Final = 25
_LABEL: Final = 28  # px, below each tile
_CLOCK: Final = 32  # px, at the bottom
_GROUND, _TEXT, _GREY = 24, 235, 128  # luma, luma, chroma
_MARGIN: Final = 10
# Any font with Chinese; the first that is there. Without one Latin letters are drawn, and nothing else is promised.
_FONTS: Final = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/wqy-microhei/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
)

Plane = NDArray[np.uint8]


def draws_chinese() -> bool:
    """Whether this machine has a font for it."""
    return any(Path(font).is_file() for font in _FONTS)


class Canvas:
    """YUV 4:2:0, in one array, as encoders take it."""

    def __init__(self, labels: Sequence[str]) -> None:
        count = max(1, len(labels))
        self._columns = math.ceil(math.sqrt(count))
        self._wide = WIDTH // self._columns & ~1
        self._high = self._wide * 9 // 16 & ~1
        rows = math.ceil(count / self._columns)
        self.width, self.height = self._wide * self._columns, rows * (self._high + _LABEL) + _CLOCK
        self._data: Plane = np.full((self.height * 3 // 2, self.width), _GREY, np.uint8)
        self._luma = self._data[: self.height]
        self._luma[:] = _GROUND
        chroma = self._data[self.height :].reshape(2, self.height // 2, self.width // 2)
        self._blue, self._red = chroma[0], chroma[1]
        for number, label in enumerate(labels):
            left, top = self._corner(number)
            self._write(label, left, top + self._high, self._wide, _LABEL)
            self.blank(number)

    def show(self, number: int, frame: Any) -> None:
        """A picture, as large as fits, nothing of it cut off."""
        scale = min(self._wide / frame.width, self._high / frame.height)
        width, height = max(2, int(frame.width * scale) & ~1), max(2, int(frame.height * scale) & ~1)
        data = frame.reformat(width, height, "yuv420p").to_ndarray()
        left, top = self._corner(number)
        left, top = left + (self._wide - width) // 4 * 2, top + (self._high - height) // 4 * 2
        self._luma[top : top + height, left : left + width] = data[:height]
        chroma = data[height:].reshape(2, height // 2, width // 2)
        rows, columns = slice(top // 2, (top + height) // 2), slice(left // 2, (left + width) // 2)
        self._blue[rows, columns], self._red[rows, columns] = chroma[0], chroma[1]

    def blank(self, number: int) -> None:
        """Nothing is seen of them now."""
        left, top = self._corner(number)
        self._luma[top : top + self._high, left : left + self._wide] = 16
        rows = slice(top // 2, (top + self._high) // 2)
        columns = slice(left // 2, (left + self._wide) // 2)
        self._blue[rows, columns] = self._red[rows, columns] = _GREY

    def tell(self, text: str) -> None:
        """The time, and what is to be said of it."""
        self._write(text, 0, self.height - _CLOCK, self.width, _CLOCK)

    def picture(self) -> Any:
        return av.VideoFrame.from_ndarray(self._data, format="yuv420p")

    def _corner(self, number: int) -> tuple[int, int]:
        row, column = divmod(number, self._columns)
        return column * self._wide, row * (self._high + _LABEL)

    def _write(self, text: str, left: int, top: int, width: int, height: int) -> None:
        strip = Image.new("L", (width, height), _GROUND)
        plain = "".join(sign if sign.isprintable() else " " for sign in text)
        ImageDraw.Draw(strip).text((_MARGIN, height // 2), plain, fill=_TEXT, font=_font(height * 3 // 5), anchor="lm")
        self._luma[top : top + height, left : left + width] = np.asarray(strip)


@cache
def _font(size: int) -> "ImageFont.FreeTypeFont | ImageFont.ImageFont":
    for font in _FONTS:
        if Path(font).is_file():
            return ImageFont.truetype(font, size)
    return ImageFont.load_default(size)
