"""The transparency log over HTTP: another node's real client is witnessed here, and a stranger reads what is served."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from recordings.tlog import COSIGNATURE, HttpPost, Note, Signer, Submission, TransparencyLog, VerifierKey
from sefaw_rtc.access.keys import load_key
from sefaw_rtc.config.tlog import Tlog
from sefaw_rtc.errors import ConfigError
from sefaw_rtc.service.evidence import Evidence
from sefaw_rtc.web import api_tlog
from tests.web.world import World, a_world, config

PARTNER = Signer("partner.example/tlog", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
NAME = "witness.county.example"
ORIGIN = hashlib.sha256(PARTNER.key.name.encode()).hexdigest()


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[World]:
    """A server that witnesses the partner's log, and has a log of its own to show."""
    settings = replace(config(tmp_path / "county"), tlog=Tlog(witness_name=NAME, witness_for=[str(PARTNER.key)]))
    own = Signer("county.example/tlog", Ed25519PrivateKey.from_private_bytes(bytes(32)))
    with TransparencyLog.open(settings.data / "tlog", own) as log:
        log.append([b"%d" % n for n in range(300)])
        log.publish()
    async with a_world(tmp_path / "county", settings=settings, demos=0) as world:
        yield world


def witness_key(world: World) -> VerifierKey:
    private = load_key(world.services.config.data / "keys" / "witness.key")
    return Signer(NAME, Ed25519PrivateKey.from_private_bytes(private), COSIGNATURE).key


async def test_a_partner_is_witnessed(county: World, tmp_path: Path) -> None:
    async with county.stranger().get(f"{county.url}/tlog/witness.vkey") as reply:
        key = VerifierKey.parse((await reply.text()).strip())
    assert key == witness_key(county)
    submission = Submission(key, HttpPost(f"{county.url}/tlog"))
    with TransparencyLog.open(tmp_path / "partner", PARTNER) as log:
        for entry in (b"a", b"b"):
            log.append([entry])
            note = log.publish()
            signatures = await asyncio.to_thread(submission.submit, log, note)
            assert note.with_signatures(signatures).signed_by([key])[key]
    async with county.stranger().get(f"{county.url}/tlog/{ORIGIN}/checkpoint") as reply:
        assert (reply.status, reply.content_type) == (200, "text/plain")
        assert key in Note.parse(await reply.read()).signed_by([key, PARTNER.key])


async def test_a_stranger_reads_the_log_and_nothing_else(county: World) -> None:
    http = county.stranger()
    for path, size, cache in (
        ("checkpoint", None, "max-age=5"),
        ("tile/0/000", 8192, "public, max-age=31536000, immutable"),
        ("tile/0/001.p/44", 44 * 32, "public, max-age=31536000, immutable"),
        ("tile/entries/000", None, "public, max-age=31536000, immutable"),
    ):
        async with http.get(f"{county.url}/tlog/{path}") as reply:
            assert (reply.status, reply.headers["Cache-Control"]) == (200, cache)
            assert size is None or len(await reply.read()) == size
    for path in ("pending", "index.sqlite", "tile/0/009", "..%2Ftoken.key", "%2e%2e/token.key", "add-checkpoint"):
        async with http.get(f"{county.url}/tlog/{path}") as reply:
            assert reply.status in {404, 405}, path


async def test_what_is_posted_is_bounded_and_answered(county: World) -> None:
    http = county.stranger()
    for body, status in ((b"", 400), (b"nonsense", 400), (b"x" * 300_000, 413)):
        async with http.post(f"{county.url}/tlog/add-checkpoint", data=body) as reply:
            assert reply.status == status
    for bucket in county.server.app[api_tlog.RATES]._buckets.values():
        bucket._left, bucket._rate = 0, 0
    async with http.get(f"{county.url}/tlog/checkpoint") as reply:
        assert reply.status == 429


async def test_a_server_that_is_no_witness_says_so(world: World) -> None:
    http = world.stranger()
    async with http.post(f"{world.url}/tlog/add-checkpoint", data=b"old 0\n") as reply:
        assert reply.status == 404
    async with http.get(f"{world.url}/tlog/checkpoint") as reply:
        assert reply.status == 404


@pytest.mark.parametrize("tlog", [Tlog(witness_name="a b"), Tlog(witness_name=NAME, witness_for=["nonsense"])])
def test_a_name_or_a_key_that_is_none_stops_the_start(tmp_path: Path, tlog: Tlog) -> None:
    with pytest.raises(ConfigError, match="tlog"):
        Evidence(replace(config(tmp_path), tlog=tlog))
