"""The object store as S3 speaks it, through `obstore`. Imported only by programs that talk to one.

Retrying is the outbox's business: here a request is tried once more, quickly, for a connection that was kept open and
is gone.
"""

import re
from collections.abc import Generator, Iterable, Iterator
from datetime import timedelta
from typing import Any, Final

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from recordings.objects.port import Fault, ObjectsFailed, Place

PART: Final = 8 << 20  # 10,000 of them are an object of 78 GiB
READ: Final = 4 * PART  # what one request brings back; an object of hours comes in many
_AT_ONCE: Final = 2  # parts in memory: what is read goes on while one travels
_PIECE: Final = 1 << 20
_RETRIES: Final = 1
_ERRORS: Final = (BaseError, OSError)  # what is not found, or not permitted, comes as Python's own
_CODE: Final = re.compile(r"<Code>(\w+)</Code>")
_CLOCK: Final = frozenset({"RequestTimeTooSkewed", "RequestExpired"})
_NO_BUCKET: Final = frozenset(
    {"NoSuchBucket", "InvalidBucketName", "PermanentRedirect", "AuthorizationHeaderMalformed"}
)
_REFUSED: Final = frozenset(
    {
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "AccessDenied",
        "InvalidToken",
        "ExpiredToken",
        "AllAccessDisabled",
        "XAdminUserNotFound",
    }
)
_FULL: Final = frozenset({"XMinioStorageFull", "QuotaExceeded", "InsufficientStorage", "ServiceQuotaExceeded"})
_REDIRECT: Final = re.compile(r"(?i)redirect")
_ANSWERED: Final = re.compile(r"(?i)server returned|status (?:code )?\(?[45]\d\d")


class S3:
    """One store, entered with its credentials."""

    def __init__(self, place: Place) -> None:
        """Asks nobody. Raises `ObjectsFailed` for what is no address."""
        options: dict[str, Any] = {
            "allow_http": place.allow_http,
            "connect_timeout": timedelta(seconds=place.timeout_s),
            "read_timeout": timedelta(seconds=place.timeout_s),
            "timeout": timedelta(hours=1),  # of one request: `PART` there, `READ` back; that is 9 kB/s
            "user_agent": "sefaw-rtc",
        }
        if place.ca:
            options["root_certificate"] = place.ca
        self._prefix = place.prefix
        try:
            self._store = S3Store(
                place.bucket,
                config=_config(place),
                client_options=options,  # type: ignore[arg-type]  # built above, key by key
                retry_config={"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=place.timeout_s)},
            )
        except _ERRORS as error:
            raise _typed(error) from None

    def put(self, key: str, content: Iterable[bytes], size: int) -> None:
        try:
            if size <= PART:
                obstore.put(self._store, self._prefix + key, b"".join(content), use_multipart=False)
            else:
                obstore.put(self._store, self._prefix + key, content, chunk_size=PART, max_concurrency=_AT_ONCE)
        except _ERRORS as error:
            raise _typed(error) from None

    def read(self, key: str) -> Iterator[bytes]:
        path = self._prefix + key
        try:
            size = yield from self._begun(path)
            for start in range(READ, size, READ):
                part = obstore.get(self._store, path, options={"range": (start, min(size, start + READ))})
                for piece in part.stream(min_chunk_size=_PIECE):
                    yield bytes(piece)
        except _ERRORS as error:
            raise _typed(error) from None

    def _begun(self, path: str) -> Generator[bytes, None, int]:
        """The first `READ` bytes, of a request for all of it: a range of an empty object is an error (RFC 9110, 416).
        How long it is."""
        found = obstore.get(self._store, path)
        size = found.meta["size"]
        left = min(size, READ)
        for piece in found.stream(min_chunk_size=_PIECE):
            yield bytes(piece)[:left]
            left -= min(left, len(piece))
            if not left:
                break
        return size

    def sizes(self, prefix: str) -> dict[str, int]:
        try:
            # obstore lists below whole parts of a path, and a consultation's id is one.
            found = obstore.list(self._store, (self._prefix + prefix).rstrip("/"))
            return {str(one["path"]).removeprefix(self._prefix): one["size"] for some in found for one in some}
        except _ERRORS as error:
            raise _typed(error) from None

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:  # one at a time: not every store knows the request that removes many
            try:
                obstore.delete(self._store, self._prefix + key)
            except FileNotFoundError:
                continue
            except _ERRORS as error:
                raise _typed(error) from None


def _config(place: Place) -> Any:
    config: dict[str, Any] = {
        "access_key_id": place.access_key,
        "secret_access_key": place.secret_key,
        "region": place.region,
        "virtual_hosted_style_request": not place.path_style,
        "disable_tagging": True,
    }
    if place.endpoint:
        config["endpoint"] = place.endpoint
    return config


def _typed(error: Exception) -> ObjectsFailed:
    """By the store's code (S3 API reference, error responses); else by what kind of error it is."""
    text = str(error)
    found = _CODE.search(text)
    code = found.group(1) if found else ""
    for codes, fault in ((_CLOCK, Fault.CLOCK), (_NO_BUCKET, Fault.NO_BUCKET), (_FULL, Fault.STORE_FULL)):
        if code in codes:
            return ObjectsFailed(fault)
    if _REDIRECT.search(text):  # the bucket is in another region
        return ObjectsFailed(Fault.NO_BUCKET)
    if code in _REFUSED or isinstance(error, PermissionError | PermissionDeniedError | UnauthenticatedError):
        return ObjectsFailed(Fault.REFUSED)
    if isinstance(error, FileNotFoundError):
        return ObjectsFailed(Fault.MISSING)
    return ObjectsFailed(Fault.FAILED if code or _ANSWERED.search(text) else Fault.UNREACHABLE)
