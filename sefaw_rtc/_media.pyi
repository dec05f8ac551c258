"""The media plane's binary (media/py). Held against the real thing by tests/engine/test_stub.py."""

from typing import final

@final
class Plane:
    """The running plane: one thread per shard. Safe to use from several threads."""

    def __new__(cls, config: bytes) -> Plane:
        """Open the sockets and start. `config`: JSON {"bind", "announce", "shards", "limits", "tcp"}.

        ValueError: the configuration is wrong; OSError: an address cannot be used.
        """

    def submit(self, command: bytes) -> None:
        """Queue one JSON command. ValueError: not a command; RuntimeError: closed, or too far behind."""

    def poll(self) -> list[bytes]:
        """The JSON events since the last call; makes `fileno` silent."""

    def fileno(self) -> int:
        """Readable when `poll` has something. Belongs to the plane."""

    def addresses(self) -> list[str]:
        """What is bound, `host:port`, shard after shard."""

    def close(self) -> None:
        """End all peers and threads. Blocks, less than a second: call it off the loop. Idempotent."""

@final
class SrtpSession:
    """SRTP and SRTCP with one master key for both directions; for tests. ValueError with the reason on refusal."""

    def __new__(cls, profile: str, key_and_salt: bytes) -> SrtpSession: ...
    def protect(self, packet: bytes, index: int) -> bytes:
        """`index` = rollover counter << 16 | sequence number."""

    def unprotect(self, packet: bytes) -> bytes: ...
    def protect_rtcp(self, packet: bytes) -> bytes: ...
    def unprotect_rtcp(self, packet: bytes) -> bytes: ...

def version() -> str:
    """The version of the binary."""
