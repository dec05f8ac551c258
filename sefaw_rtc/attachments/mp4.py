"""Duration of an MP4 sound (ISO/IEC 14496-12), whole or in fragments, as Safari's recorder writes it."""

from collections.abc import Iterator
from typing import Final

from sefaw_rtc.attachments.reading import Damaged, Reader

_BRANDS_AT: Final = 8  # a type box of less has no brand
_MOST_SAMPLES: Final = 1_000_000  # of one run: an hour of sound has 180,000
_HOLDERS: Final = ("moov", "trak", "mdia", "moof", "traf", "mvex")
_DEEPEST: Final = 4  # moov, trak, mdia and what is in it


def duration_ms(data: bytes) -> int:
    """From the track's header or, in a live recording, from its fragments."""
    found = _Found()
    first = True
    for kind, body in _boxes(Reader(data)):
        if first and (kind != "ftyp" or body.left < _BRANDS_AT):
            raise Damaged("not MP4")
        first = False
        found.take(kind, body)
    if found.sounds != 1 or found.scale == 0:
        raise Damaged("not one sound track")
    units = found.header or found.fragments
    if units == 0:
        raise Damaged("nothing in it")
    return units * 1000 // found.scale


def _boxes(reader: Reader) -> Iterator[tuple[str, Reader]]:
    while reader.left:
        size, kind = reader.number(4), reader.take(4).decode("latin-1")
        header = 8
        if size == 1:
            size, header = reader.number(8), 16
        yield kind, reader.window(reader.left if size == 0 else size - header)


class _Found:
    """What the boxes say, in units of the track's own clock."""

    def __init__(self) -> None:
        self.sounds = 0
        self.scale = 0
        self.header = 0
        self.fragments = 0
        self._default = 0
        self._fragment_default = 0

    def take(self, kind: str, body: Reader, depth: int = 1) -> None:
        """One box, and those in it."""
        if depth > _DEEPEST:
            raise Damaged("boxes in boxes")
        if kind in _HOLDERS:
            if kind == "traf":
                self._fragment_default = self._default
            for inner, inside in _boxes(body):
                self.take(inner, inside, depth + 1)
            return
        reading = {
            "mdhd": self._media_header,
            "hdlr": self._handler,
            "trex": self._extends,
            "tfhd": self._fragment_header,
            "trun": self._run,
        }.get(kind)
        if reading is not None:
            reading(body)

    def _media_header(self, body: Reader) -> None:
        wide = body.number(4) >> 24 == 1
        body.skip(16 if wide else 8)
        self.scale = body.number(4)
        units = body.number(8 if wide else 4)
        self.header = 0 if units in {0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF} else units

    def _handler(self, body: Reader) -> None:
        body.skip(8)
        if body.take(4) != b"soun":
            raise Damaged("not only sound")
        self.sounds += 1

    def _extends(self, body: Reader) -> None:
        body.skip(12)
        self._default = body.number(4)

    def _fragment_header(self, body: Reader) -> None:
        flags = body.number(4)
        body.skip(4 + 8 * bool(flags & 0x1) + 4 * bool(flags & 0x2))
        if flags & 0x8:
            self._fragment_default = body.number(4)

    def _run(self, body: Reader) -> None:
        """Each sample has its own duration, or the fragment's."""
        flags, samples = body.number(4), body.number(4)
        if samples > _MOST_SAMPLES:
            raise Damaged("too many samples")
        body.skip(4 * bool(flags & 0x1) + 4 * bool(flags & 0x4))
        if not flags & 0x100:
            self.fragments += samples * self._fragment_default
            return
        behind = 4 * sum(bool(flags & flag) for flag in (0x200, 0x400, 0x800))
        for _ in range(samples):
            self.fragments += body.number(4)
            body.skip(behind)
