"""A node with an object store: its commands, a kill while it sends, large files, what stores answer."""

import asyncio
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from recordings.manifest import MANIFEST, describe
from recordings.objects import Fault, ObjectsFailed, Register
from recordings.objects.s3 import S3
from recordings.objects.worker import Ended, Moved, Task, What
from tests.recordings.objects.stores import CONTENTS, Files, files, manifest_of
from tests.system.conftest import MakeServer
from tests.system.object_store import ACCESS, BUCKET, SECRET, ObjectStore, object_store, standing_line
from tests.system.recorded import RecordedCall
from tests.system.storing_node import a_node, all_sent, becomes, folder_of, impatient, let_go
from tests.web.replayed import recorded

BIG = 160 << 20  # twenty parts
SMALL_KIB = 110 * 1024  # 84 MB measured at 40, 160 and 400 MiB; Python with its libraries is 68


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ObjectStore]:
    with object_store(tmp_path / "objects") as made:
        yield made


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)


@pytest.mark.parametrize(
    ("status", "code", "fault"),
    [
        (403, "RequestTimeTooSkewed", Fault.CLOCK),
        (507, "XMinioStorageFull", Fault.STORE_FULL),
        (500, "InternalError", Fault.FAILED),
        (301, "PermanentRedirect", Fault.NO_BUCKET),
    ],
)
async def test_what_a_store_answers_is_told_apart(status: int, code: str, fault: Fault) -> None:
    async def answer(_request: web.Request) -> web.Response:
        text = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>no</Message></Error>'
        return web.Response(status=status, text=text, content_type="application/xml")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        place = ObjectStore(Path(), port=server.port or 0).place()
        with pytest.raises(ObjectsFailed) as found:
            await asyncio.to_thread(S3(place).sizes, "a/")
    assert found.value.fault is fault


def test_a_large_file_goes_there_and_back_in_little_memory(tmp_path: Path, store: ObjectStore) -> None:
    made = files(tmp_path)
    track = made.path("tracks/1.webm")
    with track.open("wb") as file:
        file.truncate(BIG)
    entries = [describe(made.path(name), name, kind) for name, (kind, _) in CONTENTS.items()]
    (made.folder / MANIFEST).write_bytes(bytes(manifest_of(entries)))
    assert moved(made, store, What.SEND) == (Ended(), True)
    track.unlink()
    assert moved(made, store, What.BRING) == (Ended(), True)
    assert track.stat().st_size == BIG


def moved(made: Files, store: ObjectStore, what: What) -> tuple[Ended, bool]:
    """How its process ended, and whether it stayed small."""
    place, local = store.place(), made.local()
    task = Task(what, place, local.consultation, str(local.folder), str(local.log), [], False, 0)
    program = (
        "import sys; from recordings.objects import worker; worker.main();"
        "sys.stderr.write(next(line for line in open('/proc/self/status') if 'VmHWM' in line).split()[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=msgspec.json.encode(task) + b"\n", capture_output=True, check=True
    )
    said = [msgspec.json.decode(line, type=Moved | Ended) for line in done.stdout.splitlines()]
    assert isinstance(said[-1], Ended)
    assert any(isinstance(one, Moved) for one in said), "it tells how far it is"
    return said[-1], int(done.stderr) < SMALL_KIB


async def test_the_commands_say_where_it_lies_and_fetch_it(
    tmp_path: Path, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    async with a_node(data, store, local_days=1) as world:
        consultation = await recorded(world, seconds=1)
        await all_sent(world, consultation)
        await let_go(world, consultation, monkeypatch)
        tracks = folder_of(world, consultation) / "tracks"
    given = {
        "BUCKET": BUCKET,
        "ENDPOINT": store.endpoint,
        "ACCESS_KEY": ACCESS,
        "SECRET_KEY": SECRET,
        "LOCAL_DAYS": "1",
    }

    def said(*command: str, **changed: str) -> tuple[int, str]:
        environ = os.environ | {f"SEFAW_S3_{name}": text for name, text in (given | changed).items()}
        program = str(Path(sys.executable).parent / "sefaw-rtc")
        done = subprocess.run(
            [program, *command, "--data", str(data)], check=False, env=environ, capture_output=True, text=True
        )
        return done.returncode, done.stdout + done.stderr

    code, words = said("recordings", "list")
    assert (code, "files only in the object store" in words) == (0, True)
    code, words = said("recordings", "verify", consultation)
    assert (code, "as sealed" in words, "files only in the object store" in words) == (0, True, True)
    assert list(tracks.iterdir()) == [], "what it fetched goes again"
    code, words = said("recordings", "fetch", consultation)
    assert (code, "files fetched" in words, len(list(tracks.iterdir()))) == (0, True, 3)
    assert said("check")[1].count("takes, gives back and removes objects") == 1
    assert "refuses the credentials" in said("check", SECRET_KEY="wrong")[1]
    assert "no such bucket" in said("check", BUCKET="another")[1]
    shutil.rmtree(tracks)
    store.kill()
    code, words = said("recordings", "verify", consultation, TIMEOUT_S="2")
    assert (code, "that place does not give it: try again" in words) == (1, True)
    assert "does not answer" in said("check", TIMEOUT_S="2")[1]


async def test_killed_while_it_sends_it_goes_on(
    tmp_path: Path, store: ObjectStore, make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with standing_line(store.port, lets=10_000) as line:
        for name, text in (
            ("BUCKET", BUCKET),
            ("ENDPOINT", f"http://127.0.0.1:{line.port}"),
            ("ACCESS_KEY", ACCESS),
            ("SECRET_KEY", SECRET),
        ):
            monkeypatch.setenv(f"SEFAW_S3_{name}", text)
        server = make_server(tmp_path, options=("--no-bot",))
        await server.start()
        async with RecordedCall(server) as call:
            await call.begin()
            sender = call.live()
            await becomes("media", lambda: len(sender.sent) > 200)
            await call.rest()
            await call.hang_up()
            manifest = await call.sealed()
            await becomes("it to be on its way", lambda: line.stands)
            server.kill()
            assert f"{call.id}/{MANIFEST}" not in store.files
            line.free.set()
            await server.start()
            register = Register(call.folder, call.id)
            await becomes("all of it to be there", lambda: register.read().whole == manifest.digest)
            kept = {key: path.read_bytes() for key, path in store.files.items()}
            for one in manifest.files:
                assert hashlib.sha256(kept[f"{call.id}/{one.name}"]).hexdigest() == one.sha256
            server.stop()
