"""Passwords: argon2id, off the event loop, one at a time.

A hash takes about 0.1 s and 64 MiB by intent. So they run on one thread of their own and only so many may wait: a
flood of sign-ins costs neither the loop nor the memory, and is told to come back.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from sefaw_rtc.errors import TooMany, UserError
from signalling.vocabulary import ErrorCode

T = TypeVar("T")

MIN_LENGTH: Final = 8  # NIST SP 800-63B §5.1.1.2; no rules of composition, as there
MAX_LENGTH: Final = 256  # characters; bounds the work of normalising
PENDING: Final = 64  # waiting sign-ins: the beginning of a shift, served within about 6 s


class Passwords:
    """Hashes and checks. The sync methods are for the command line and the worker thread."""

    def __init__(self, *, memory_kib: int, passes: int, pending: int = PENDING) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="passwords")
        self._limit = pending
        self._pending = 0
        # What an unknown user's password is compared with: the same work, never a match.
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """A new hash. Raises `UserError(MALFORMED)` for a password that is too short or too long."""
        if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
            raise UserError(ErrorCode.MALFORMED, f"password: {MIN_LENGTH} to {MAX_LENGTH} characters")
        return self._hasher.hash(normal(password))

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is right. None = no such account: takes as long, and is never right."""
        candidate = normal(password[:MAX_LENGTH])
        try:
            self._hasher.verify(password_hash or self._nobody, candidate)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None and len(password) <= MAX_LENGTH

    def outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    async def check(self, password_hash: str | None, password: str) -> bool:
        """`matches`, off the loop."""
        return await self.run(lambda: self.matches(password_hash, password))

    async def renew(self, password: str) -> str:
        """`hash`, off the loop."""
        return await self.run(lambda: self.hash(password))

    def close(self) -> None:
        self._thread.shutdown(wait=True)

    @property
    def parameters(self) -> tuple[int, int]:
        """Memory (KiB) and passes of a new hash."""
        return self._hasher.memory_cost, self._hasher.time_cost

    async def run(self, work: Callable[[], T]) -> T:
        """Other work that costs a hash, in the same queue. Raises `TooMany` if it is full."""
        if self._pending >= self._limit:
            raise TooMany("sign-ins", retry_after_s=5)
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._pending -= 1


def normal(password: str) -> str:
    """The same password typed on another keyboard or system is the same characters (NFKC, SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)
