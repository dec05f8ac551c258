"""Duration of a WebM sound (RFC 8794, RFC 9559), as browsers record it: live, without known sizes."""

from typing import Final

from sefaw_rtc.attachments.reading import Damaged, Reader

_EBML: Final = 0x1A45DFA3
_DOC_TYPE: Final = 0x4282
_SEGMENT: Final = 0x18538067
_CLUSTER: Final = 0x1F43B675
_INFO: Final = 0x1549A966
_TIMESTAMP_SCALE: Final = 0x2AD7B1
_TRACKS: Final = 0x1654AE6B
_TRACK_ENTRY: Final = 0xAE
_TRACK_TYPE: Final = 0x83
_CLUSTER_TIMESTAMP: Final = 0xE7
_SIMPLE_BLOCK: Final = 0xA3
_BLOCK_GROUP: Final = 0xA0
_BLOCK: Final = 0xA1
# These are walked into; of anything else only the size counts.
_MASTERS: Final = frozenset({_SEGMENT, _CLUSTER, _INFO, _TRACKS, _TRACK_ENTRY, _BLOCK_GROUP})
_AUDIO: Final = 2
_NS_PER_MS: Final = 1_000_000


def duration_ms(data: bytes) -> int:
    """To the beginning of the last packet: some tens of ms less than one hears."""
    return _Walk(data).end()


class _Walk:
    """One pass over all elements. Masters may be open-ended, so that nesting is not tracked: an element's id says
    what it is wherever it stands."""

    def __init__(self, data: bytes) -> None:
        self._reader = Reader(data)
        self._scale_ns = _NS_PER_MS
        self._cluster = 0
        self._last = -1
        self._sounds = 0
        first, size = _id(self._reader), _size(self._reader)
        if first != _EBML or size is None or not _is_webm(self._reader.window(size)):
            raise Damaged("not WebM")

    def end(self) -> int:
        while self._reader.left:
            identity, size = _id(self._reader), _size(self._reader)
            if identity in _MASTERS:
                if size is not None and size > self._reader.left:
                    raise Damaged("cut off")
                continue
            if size is None:
                raise Damaged("a leaf without a size")
            self._leaf(identity, self._reader.window(size))
        if self._sounds != 1 or self._last < 0:
            raise Damaged("not one sound track with something in it")
        return self._last * self._scale_ns // _NS_PER_MS

    def _leaf(self, identity: int, body: Reader) -> None:
        if identity == _TIMESTAMP_SCALE:
            self._scale_ns = min(body.number(body.left), 1_000_000_000)
        elif identity == _TRACK_TYPE:
            if body.number(body.left) != _AUDIO:
                raise Damaged("not only sound")
            self._sounds += 1
        elif identity == _CLUSTER_TIMESTAMP:
            self._cluster = body.number(body.left)
        elif identity in {_SIMPLE_BLOCK, _BLOCK}:
            _size(body)  # the track's number, written like a size
            relative = int.from_bytes(body.take(2), "big", signed=True)
            self._last = max(self._last, self._cluster + relative)


def _is_webm(header: Reader) -> bool:
    while header.left:
        identity, size = _id(header), _size(header)
        body = header.take(size or 0)
        if identity == _DOC_TYPE:
            return body == b"webm"
    return False


def _id(reader: Reader) -> int:
    """An element's id, its length marker kept: 1 to 4 bytes."""
    first = reader.number(1)
    length = 9 - first.bit_length()
    if length > 4:
        raise Damaged("id")
    return first << 8 * (length - 1) | reader.number(length - 1)


def _size(reader: Reader) -> int | None:
    """A variable-size number, its length marker taken off; all ones = not known."""
    first = reader.number(1)
    length = 9 - first.bit_length()
    if length > 8:
        raise Damaged("size")
    bits = 7 * length
    value = (first << 8 * (length - 1) | reader.number(length - 1)) & (1 << bits) - 1
    return None if value == (1 << bits) - 1 else value
