"""What the unpackers of all codecs share: a payload, and the one error of all of them. Pure."""

Payload = bytes


class PayloadError(Exception):
    """It is no whole frame. The sentence says why, for developers."""


def byte_at(payload: Payload, index: int) -> int:
    """Raises `PayloadError` beyond the end."""
    if index >= len(payload):
        raise PayloadError("cut short")
    return payload[index]
