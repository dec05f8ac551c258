"""Redundant audio out of RTP (RFC 2198): what a packet repeats of those before it, and its own."""

from typing import Final, NamedTuple

from recordings.media.payload import Payload, PayloadError, byte_at

_FOLLOWS: Final = 0x80
_BLOCKS_MOST: Final = 32


class Block(NamedTuple):
    """`before`: by how many ticks it is older than the packet; 0 = its own, which comes last."""

    before: int
    data: bytes


def blocks(payload: Payload, codec: int) -> list[Block]:
    """Those of payload type `codec`, oldest first. Raises `PayloadError`."""
    heads: list[tuple[int, int, int]] = []  # payload type, before, length
    at = 0
    while byte_at(payload, at) & _FOLLOWS:
        if len(heads) >= _BLOCKS_MOST:
            raise PayloadError("more blocks than anybody sends")
        said = byte_at(payload, at + 3) | payload[at + 2] << 8 | payload[at + 1] << 16
        heads.append((payload[at] & 0x7F, said >> 10, said & 0x3FF))
        at += 4
    own, at = payload[at] & 0x7F, at + 1
    found: list[Block] = []
    for kind, before, length in heads:
        if at + length > len(payload):
            raise PayloadError("a block of another size than it says")
        if kind == codec and length and before:
            found.append(Block(before, payload[at : at + length]))
        at += length
    if own == codec and at < len(payload):
        found.append(Block(0, payload[at:]))
    return sorted(found, key=lambda block: -block.before)
