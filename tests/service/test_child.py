"""A process that cannot be started has ended, and nobody's loop with it."""

import asyncio
import errno

import msgspec
import pytest

from sefaw_rtc.service.child import in_a_process, in_a_talking_process


class Nothing(msgspec.Struct, frozen=True):
    """A task of nobody's."""


async def test_a_process_that_cannot_be_started_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*_command: object, **_options: object) -> None:
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", refused)
    heard: list[object] = []
    assert await in_a_process("recordings.sealing", Nothing(), Nothing, 1.0) is None
    await in_a_talking_process("recordings.objects.worker", Nothing(), Nothing, heard.append, 1.0)
    assert heard == []
