"""A disk that can be full, as the logs of consultations meet it."""

import pytest

from recordings import LogWriter, StorageFull


class Disk:
    """Refuses every record while it is `full`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        real = LogWriter.append

        def append(writer: LogWriter, payload: bytes) -> None:
            if self.full:
                raise StorageFull("no room")
            real(writer, payload)

        monkeypatch.setattr(LogWriter, "append", append)
