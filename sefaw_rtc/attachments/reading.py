"""Big-endian reading in bounds, for the parsers beside it. Reading past the end is `Damaged`, never an IndexError."""

from typing import Final


class Damaged(Exception):  # noqa: N818 - the parsers' word
    """The bytes are not a whole file of the kind they begin as."""


# Reads of one file: five minutes of sound with a fragment for every packet take 400,000. What is made of two-byte parts
# would otherwise keep Python busy for half a minute, and every call with it.
_MOST_READS: Final = 1_000_000


class _Reads:
    """How many reads of one file are left, for all its windows together."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = _MOST_READS


class Reader:
    """A window of bytes and a place in it."""

    __slots__ = ("_reads", "at", "data", "end")

    def __init__(self, data: bytes, at: int = 0, end: int | None = None, reads: _Reads | None = None) -> None:
        self._reads = reads or _Reads()
        self.data = data
        self.at = at
        self.end = len(data) if end is None else end

    @property
    def left(self) -> int:
        """Bytes that are not read yet."""
        return self.end - self.at

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        self.skip(size)
        return self.data[self.at - size : self.at]

    def skip(self, size: int) -> None:
        """Past `size` bytes."""
        self._reads.left -= 1
        if self._reads.left < 0:
            raise Damaged("too many parts")
        if size < 0 or size > self.left:
            raise Damaged("cut off")
        self.at += size

    def number(self, size: int) -> int:
        """The next `size` bytes as one unsigned number."""
        return int.from_bytes(self.take(size), "big")

    def window(self, size: int) -> "Reader":
        """A reader of the next `size` bytes; this one stands behind them."""
        start = self.at
        self.skip(size)
        return Reader(self.data, start, self.at, self._reads)
