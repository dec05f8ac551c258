"""Time stamps (RFC 3161): an authority says that a text existed at a time. What is stamped is the text of a checkpoint,
so one stamp a round covers every leaf below it. A response is verified when it comes, and kept as it came (DER)."""

from collections.abc import Sequence
from typing import Final, Protocol

from cryptography.x509 import Certificate
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from recordings.tlog.errors import PostFailed, StampFailed
from recordings.tlog.posting import Post

_ASKS: Final = "application/timestamp-query"


class Stamper(Protocol):
    """Whoever stamps."""

    def stamp(self, message: bytes) -> bytes:
        """A response (TimeStampResp, DER) whose token is over this message. Raises `StampFailed`."""


class Rfc3161Stamper:
    """An authority that is reached by HTTP, trusted because its certificate comes from one of `roots`."""

    def __init__(self, post: Post, roots: Sequence[Certificate]) -> None:
        """ValueError without roots: an authority that nobody vouches for says nothing."""
        if not roots:
            raise ValueError("a time stamp authority needs a root certificate")
        self._post = post
        self._roots = list(roots)

    def stamp(self, message: bytes) -> bytes:
        request = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build()
        try:
            reply = self._post("", request.as_bytes(), _ASKS)
        except PostFailed:
            raise StampFailed("the authority does not answer") from None
        if reply.status != 200:
            raise StampFailed(f"the authority answers {reply.status}")
        verify_stamp(reply.body, message, self._roots, nonce=request.nonce)
        return reply.body


def stamp_time(data: bytes) -> int:
    """The Unix time (s) that a stamp of ours, verified when it came, speaks of. Raises `StampFailed`."""
    try:
        return int(decode_timestamp_response(data).tst_info.gen_time.timestamp())
    except (ValueError, AttributeError):
        raise StampFailed("not a time stamp") from None


def verify_stamp(data: bytes, message: bytes, roots: Sequence[Certificate], *, nonce: int | None = None) -> int:
    """The Unix time (ms) that the stamp vouches for. Raises `StampFailed`."""
    try:
        response: TimeStampResponse = decode_timestamp_response(data)
        VerifierBuilder(roots=list(roots), nonce=nonce).build().verify_message(response, message)
        return round(response.tst_info.gen_time.timestamp() * 1000)
    except (VerificationError, ValueError, AttributeError):
        raise StampFailed("not a time stamp of this text by that authority") from None
