"""The composition: what cannot be started leaves nothing open."""

import os
import socket
import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from sefaw_rtc.errors import ConfigError
from sefaw_rtc.media.fake import FakeEngine, accept
from sefaw_rtc.service.running import Running
from tests.web.test_attesting import until
from tests.web.world import config


def held(folder: Path) -> tuple[set[str], set[str]]:
    """What this process has open below a folder, and its threads."""
    files = {str(one.readlink()) for one in Path("/proc/self/fd").iterdir() if one.exists()}
    return {name for name in files if name.startswith(f"{folder}/")}, {one.name for one in threading.enumerate()}


async def test_a_device_port_that_is_taken_leaves_nothing_open(tmp_path: Path) -> None:
    settings = config(tmp_path / "data")
    before = held(tmp_path)[1]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        wanted = replace(settings, scp=replace(settings.scp, listen=listen, callers=["US1=Nowhere"]))
        with pytest.raises(ConfigError):
            await Running.start(wanted, FakeEngine(accept))
    files, threads = held(tmp_path)
    assert files == set()
    assert not {name for name in threads - before if name.startswith(("store", "passwords"))}
    running = await Running.start(settings, FakeEngine(accept))
    await running.stop()


async def test_a_house_that_cannot_be_opened_leaves_no_database_open(tmp_path: Path) -> None:
    settings = config(tmp_path / "data")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "dicom").write_text("no folder")
    with pytest.raises(OSError, match="dicom"):
        await Running.start(settings, FakeEngine(accept))
    assert held(tmp_path)[0] == set()


async def test_what_a_killed_process_left_half_written_goes(tmp_path: Path) -> None:
    settings, data = config(tmp_path / "data"), tmp_path / "data"
    await (await Running.start(settings, FakeEngine(accept))).stop()
    drafts = [
        data / "archive/0123456789abcdefghjkmnpqrs/proof/.segment-000001.leaf.new",
        data / "archive/0123456789abcdefghjkmnpqrs/tracks/.1.webm.new",
        data / "tlog/.checkpoint.new",
        data / "keys/.site.key.0123456789abcdef",
        data / "consultations/attachments/0123456789abcdefghjkmnpqrs/.ab.new",
    ]
    for draft in drafts:
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text("half")
        os.utime(draft, (1, 1))
    running = await Running.start(settings, FakeEngine(accept))
    await until(lambda: not any(draft.exists() for draft in drafts))
    await running.stop()
