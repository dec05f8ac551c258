"""An HTTP request to a witness or to a time stamp authority: bounded in time and size, no redirects, no proxy from
the environment. It blocks: call it off the loop."""

import http.client
import time
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import SplitResult, urlsplit

from recordings.tlog.errors import PostFailed

_CHUNK: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """A status and a body."""

    status: int
    body: bytes


class Post(Protocol):
    """How one posts; `HttpPost` and, in tests, whatever stands for the other side."""

    def __call__(self, path: str, body: bytes, content_type: str) -> Reply:
        """Raises `PostFailed`."""


class HttpPost:
    """Posts, and gets, below one http(s) address."""

    def __init__(self, prefix: str, *, timeout_s: float = 10.0, limit: int = 128 * 1024) -> None:
        """ValueError for an address that is none."""
        self._address = urlsplit(prefix)
        if self._address.scheme not in {"http", "https"} or not self._address.hostname:
            raise ValueError("an address begins with https:// or http://")
        self._timeout_s = timeout_s
        self._limit = limit

    def __call__(self, path: str, body: bytes, content_type: str) -> Reply:
        return self._ask("POST", path, body, {"Content-Type": content_type})

    def get(self, path: str) -> Reply:
        """Raises `PostFailed`."""
        return self._ask("GET", path, None, {})

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        until = time.monotonic() + self._timeout_s
        connection = self._connection(self._address)
        try:
            target = self._address.path.rstrip("/") + path or "/"
            connection.request(method, target, body, headers | {"Connection": "close"})
            response = connection.getresponse()
            return Reply(response.status, self._read(response, until))
        except (OSError, http.client.HTTPException, ValueError):
            raise PostFailed("no answer that could be used") from None
        finally:
            connection.close()

    def _connection(self, address: SplitResult) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        return kind(address.hostname or "", address.port, timeout=self._timeout_s)

    def _read(self, response: http.client.HTTPResponse, until: float) -> bytes:
        """The body. A drop at a time does not hold us longer than one timeout beyond the first."""
        body = b""
        while chunk := response.read1(_CHUNK):
            body += chunk
            if len(body) > self._limit or time.monotonic() > until:
                raise PostFailed("too much, or too slowly")
        if response.length:  # `read1` does not say that the other side hung up
            raise PostFailed("half an answer")
        return body
