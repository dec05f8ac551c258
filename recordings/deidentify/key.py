"""The secret of one copy. What is replaced by something is replaced the same way in all of the copy, and by something
else in the next; with the secret thrown away nobody finds the way back."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

_WELL_KNOWN: Final = "1.2.840.10008."  # DICOM's own: they name kinds of things, never a thing
_LEAST_DAYS: Final = 366
_SPREAD_DAYS: Final = 3287  # nine years more


@dataclass(frozen=True, slots=True)
class CopyKey:
    """32 random bytes, made for one copy and thrown away after it."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != 32:
            raise ValueError("a copy's secret is 32 bytes")

    def uid(self, original: str) -> str:
        """Another UID (PS3.5 B.2), unless it is one of the standard."""
        if not original or original.startswith(_WELL_KNOWN):
            return original
        return f"2.25.{int.from_bytes(self._mac('uid', original)[:16], 'big')}"

    def name(self, kind: str, original: str) -> str:
        """26 characters of base32, as ids of the wire are; a number of a patient begins with it too."""
        return base64.b32encode(self._mac(kind, original)).decode().lower()[:26]

    @property
    def days(self) -> int:
        """How far dates go back: 1 to 10 years, whole days, so that intervals and hours stay. A copy is of one
        consultation and so of one patient; its log and its pictures move together."""
        return _LEAST_DAYS + int.from_bytes(self._mac("days", "")[:8], "big") % _SPREAD_DAYS

    def date(self, original: str) -> str:
        """A DA (`YYYYMMDD`), or the beginning of a DT, further back. Empty where it is no date."""
        try:
            at = datetime.strptime(original[:8], "%Y%m%d").replace(tzinfo=UTC)
            return f"{at - timedelta(days=self.days):%Y%m%d}".zfill(8)
        except (ValueError, OverflowError):
            return ""

    def _mac(self, kind: str, original: str) -> bytes:
        return hmac.digest(self.secret, f"{kind}\x1f{original}".encode("utf-8", "surrogateescape"), hashlib.sha256)
