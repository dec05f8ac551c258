"""A process that cannot be started has ended, and nobody's loop with it; a loop that is told to end ends."""

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


async def test_who_is_cancelled_when_the_answer_comes_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    answer: asyncio.Future[tuple[bytes, bytes]] = asyncio.get_running_loop().create_future()

    class Child:
        returncode = 0

        async def communicate(self, _task: bytes) -> tuple[bytes, bytes]:
            return await answer

    async def started(*_command: object, **_options: object) -> Child:
        return Child()

    monkeypatch.setattr(asyncio, "create_subprocess_exec", started)
    loop_of_work = asyncio.create_task(in_a_process("recordings.sealing", Nothing(), Nothing, 10.0))
    for _ in range(5):
        await asyncio.sleep(0)
    answer.set_result((b"{}", b""))
    loop_of_work.cancel()  # the answer is on its way up, and nobody has it yet
    with pytest.raises(asyncio.CancelledError):
        await loop_of_work
