"""The administrator's health rows: each says what is wrong when it is."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from recordings.tlog import Reply, Round, Submission, TlogDamaged
from sefaw_rtc.config import Scp
from sefaw_rtc.dicom.scp import StorageScp
from sefaw_rtc.errors import StoreBusy
from sefaw_rtc.media import port
from sefaw_rtc.media.fake import FakeEngine, accept
from sefaw_rtc.service.certificate import warn
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.health import Check, Clocks, Health, Level, note_backup
from sefaw_rtc.service.metrics import SILENT_S
from sefaw_rtc.service.rounds import Partners
from sefaw_rtc.service.running import Running
from signalling.ids import InstitutionId
from signalling.vocabulary import PictureFault
from tests.recordings.tlog.bundles import WITNESS
from tests.recordings.tlog.test_round import Clock
from tests.web.world import PATIENCE_S, World, a_world, config


class Hands:
    """Two clocks that are set by hand."""

    def __init__(self) -> None:
        self.wall_us, self.monotonic_ns = 1_790_000_000_000_000, 5_000_000_000

    def clocks(self) -> Clocks:
        return Clocks(wall_us=lambda: self.wall_us, monotonic_ns=lambda: self.monotonic_ns)

    def pass_time(self, seconds: int) -> None:
        self.wall_us += seconds * 1_000_000
        self.monotonic_ns += seconds * 1_000_000_000


async def row(health: Health, name: str) -> Check:
    return next(check for check in await health.checks() if check.name == name)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


async def test_a_clock_that_was_set_is_told_and_one_that_runs_is_not(world: World) -> None:
    hands = Hands()
    health = Health(world.services, hands.clocks())
    hands.pass_time(86_400)
    assert (await row(health, "clock")).level is Level.OK
    hands.wall_us -= 3_600_000_000
    found = await row(health, "clock")
    assert (found.level, found.values["ms"]) == (Level.WARN, 3_600_000)
    assert (await row(health, "version")).values["up_s"] == 86_400


async def test_a_plane_that_fell_silent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    plane = world.services.metrics.plane
    plane.update(port.Stats(shard=0, rooms=0, peers=[], tracks=[], counters={}))
    health = Health(world.services)
    assert (await row(health, "plane")).values == {"shards": 1, "peers": 0}
    monkeypatch.setattr(plane, "_updated", plane._updated - SILENT_S - 1)
    assert (await row(health, "plane")).level is Level.BAD


async def test_a_disk_that_fills(tmp_path: Path) -> None:
    for free_bytes, level in ((1 << 62, Level.BAD), (0, Level.OK)):
        folder = tmp_path / level
        folder.mkdir()
        async with a_world(folder, demos=0) as world:
            settings = replace(world.services.config, limits=replace(config(folder).limits, free_bytes=free_bytes))
            world.services.config = settings
            assert (await row(Health(world.services), "disk")).level is level


async def test_a_locked_database_and_a_log_that_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        raise StoreBusy("locked")

    monkeypatch.setattr("sefaw_rtc.store.rota.Departments.names", locked)
    monkeypatch.setattr("sefaw_rtc.service.log_keeper.KeptLog.waiting", 3)
    health = Health(world.services)
    assert (await row(health, "database")).level is Level.BAD
    assert (await row(health, "log")).values == {"records": 3 * len(world.services.registry)}


async def test_a_transparency_log_that_is_full_put_back_or_unwitnessed(world: World) -> None:
    health, notary, rounds = Health(world.services), world.services.notary, world.services.attesting.rounds
    assert (await row(health, "tlog")).level is Level.OK
    assert (await row(health, "witness")).values == {"count": 0, "special": "alone"}
    notary.trouble = "StorageFull"
    assert (await row(health, "tlog")).level is Level.BAD
    notary.stop(TlogDamaged("put back"))
    assert (await row(health, "tlog")).values["special"] == "stopped"
    witness = Submission(WITNESS.key, lambda *_: Reply(500, b""))
    rounds._partners = Partners([witness], Clock())
    assert (await row(health, "witness")).values == {"count": 1, "special": "asking"}
    now = unix_s()
    for since, refused, level in (
        (now - 60, frozenset[str](), Level.WARN),
        (now - 90_000, frozenset[str](), Level.BAD),
        (now, frozenset({"w.example"}), Level.BAD),
    ):
        rounds._last, rounds._failing = Round(1, {"w.example": "403"}, "", refused), {"w.example": since}
        found = await row(health, "witness")
        assert (found.level, found.values["since_unix_ms"]) == (level, since * 1000)
        assert found.values["who"] == "w.example"
        assert found.values.get("special") == ("refused" if refused else None)
    rounds._failing = {}
    assert (await row(health, "witness")).level is Level.OK
    assert (await row(health, "stamp")).level is Level.OK
    rounds._failing = {"": now - 60}
    assert (await row(health, "stamp")).level is Level.WARN


RUNS_OUT = pytest.mark.parametrize(("days", "level"), [(90, Level.OK), (10, Level.WARN), (-1, Level.BAD)])


@RUNS_OUT
async def test_a_certificate_that_runs_out(world: World, tmp_path: Path, days: int, level: Level) -> None:
    path = tmp_path / "cert.pem"
    path.write_bytes(certificate(datetime.now(UTC) + timedelta(days=days, hours=1)))
    world.services.config = replace(
        world.services.config, server=replace(world.services.config.server, tls_cert=str(path))
    )
    found = await row(Health(world.services), "certificate")
    assert (found.level, found.values["days"]) == (level, max(0, days))


@RUNS_OUT
async def test_a_self_signed_one_is_looked_at_too(world: World, tmp_path: Path, days: int, level: Level) -> None:
    (tmp_path / "keys").mkdir(exist_ok=True)
    (tmp_path / "keys/self-signed.pem").write_bytes(certificate(datetime.now(UTC) + timedelta(days=days, hours=1)))
    server = replace(world.services.config.server, self_signed=True)
    world.services.config = replace(world.services.config, server=server)
    found = await row(Health(world.services), "self_signed")
    assert (found.level, found.values["days"]) == (level, max(0, days))


@pytest.mark.parametrize(
    ("days", "said"), [(90, ""), (10, "certificate ends soon"), (-1, "certificate has ended"), (None, "not readable")]
)
def test_the_server_warns_before_its_certificate_ends(tmp_path: Path, days: int | None, said: str) -> None:
    path, now = tmp_path / "cert.pem", datetime.now(UTC)
    if days is not None:
        path.write_bytes(certificate(now + timedelta(days=days, hours=1)))
    with structlog.testing.capture_logs() as lines:
        warn(path, int(now.timestamp()))
    assert [said in line["event"] for line in lines] == ([True] if said else [])


async def test_a_running_server_looks_at_its_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: asyncio.Queue[Path] = asyncio.Queue()
    put = partial(asyncio.get_running_loop().call_soon_threadsafe, looked.put_nowait)
    monkeypatch.setattr("sefaw_rtc.service.certificate.warn", lambda path, _now: put(path))
    settings = config(tmp_path)
    settings = replace(settings, server=replace(settings.server, self_signed=True))
    running = await Running.start(settings, FakeEngine(accept))
    async with asyncio.timeout(PATIENCE_S):
        assert await looked.get() == tmp_path / "keys/self-signed.pem"
    await running.stop()


async def test_a_certificate_that_cannot_be_read(world: World, tmp_path: Path) -> None:
    world.services.config = replace(
        world.services.config, server=replace(world.services.config.server, tls_cert=str(tmp_path / "none.pem"))
    )
    assert (await row(Health(world.services), "certificate")).level is Level.BAD


async def test_when_the_last_backup_was(world: World, tmp_path: Path) -> None:
    health = Health(world.services)
    never = await row(health, "backup")
    assert (never.level, never.values) == (Level.WARN, {"days": -1})
    note_backup(tmp_path)
    assert (await row(health, "backup")).level is Level.OK
    long_ago = datetime.now(UTC).timestamp() - 9 * 86_400
    os.utime(tmp_path / "last_backup", (long_ago, long_ago))
    old = await row(health, "backup")
    assert (old.level, old.values) == (Level.WARN, {"days": 9})


def certificate(until: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(until - timedelta(days=400)).not_valid_after(until)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


async def test_the_port_for_devices(world: World, tmp_path: Path) -> None:
    health = Health(world.services)
    assert await row(health, "scp") == Check(name="scp", level=Level.OK, values={"port": 0})
    for callers, level in (({"US1": InstitutionId(1)}, Level.OK), ({}, Level.WARN)):
        scp = StorageScp(replace(Scp(), listen="127.0.0.1:0"), world.services.folder, callers)
        await asyncio.to_thread(scp.start)
        world.services.scp = scp
        try:
            scp.taken, scp.refused[PictureFault.TRUNCATED] = 3, 2
            expected = {"port": scp.port, "callers": len(callers), "taken": 3, "refused": 2}
            assert await row(health, "scp") == Check(name="scp", level=level, values=expected)
        finally:
            await asyncio.to_thread(scp.close)
        assert (await row(health, "scp")).level is Level.BAD
