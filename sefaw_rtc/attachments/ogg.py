"""Duration of an Ogg Opus sound (RFC 3533, RFC 7845)."""

from typing import Final

from sefaw_rtc.attachments.reading import Damaged, Reader

_RATE: Final = 48  # granules per ms, whatever the rate of the sound was
_NOTHING: Final = 0xFFFF_FFFF_FFFF_FFFF  # the granule of a page on which no packet ends


def duration_ms(data: bytes) -> int:
    """From the granule of the last page."""
    reader = Reader(data)
    serial, pre_skip = None, 0
    last = 0
    while reader.left:
        if reader.take(4) != b"OggS" or reader.number(1) != 0:
            raise Damaged("page")
        reader.skip(1)
        granule = int.from_bytes(reader.take(8), "little")
        stream = reader.take(4)
        reader.skip(8)  # page number and checksum
        body = reader.window(sum(reader.take(reader.number(1))))
        if serial is None:
            serial, pre_skip = stream, _opus_head(body)
        elif stream != serial:
            raise Damaged("more than one stream")
        if granule != _NOTHING:
            last = max(last, granule)
    return max(0, last - pre_skip) // _RATE


def _opus_head(body: Reader) -> int:
    """RFC 7845 §5.1: the samples to leave out at the beginning."""
    if body.take(8) != b"OpusHead":
        raise Damaged("not Opus")
    body.skip(2)
    return int.from_bytes(body.take(2), "little")
