"""Big-endian reading in bounds, for the parsers beside it. Reading past the end is `Damaged`, never an IndexError."""


class Damaged(Exception):  # noqa: N818 - the parsers' word
    """The bytes are not a whole file of the kind they begin as."""


class Reader:
    """A window of bytes and a place in it."""

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes, at: int = 0, end: int | None = None) -> None:
        self.data = data
        self.at = at
        self.end = len(data) if end is None else end

    @property
    def left(self) -> int:
        """Bytes that are not read yet."""
        return self.end - self.at

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        if size < 0 or size > self.left:
            raise Damaged("cut off")
        self.at += size
        return self.data[self.at - size : self.at]

    def skip(self, size: int) -> None:
        """Past `size` bytes."""
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
        return Reader(self.data, start, self.at)
