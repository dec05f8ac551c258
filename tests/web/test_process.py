"""Starting and stopping the whole server: the ready file, the pages, health, the headers, a graceful end."""

import asyncio
import datetime
import ipaddress
import json
import os
import ssl
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from sefaw_rtc.errors import ConfigError
from sefaw_rtc.media.fake import FakeEngine, accept
from sefaw_rtc.web import main, pages
from sefaw_rtc.web.main import Options, Server
from signalling import messages as wire
from signalling.vocabulary import CloseReason
from tests.web.world import PATIENCE_S, SENDS_ONLY, Page, World, config


@dataclass
class Started:
    server: Server
    ready: dict[str, object]
    file: Path
    http: aiohttp.ClientSession


async def start(data: Path, options: Options) -> Server:
    settings = config(data)
    settings = replace(settings, server=replace(settings.server, http="127.0.0.1:0"))
    return await Server.start(settings, FakeEngine(accept), options)


@pytest.fixture
async def started(tmp_path: Path) -> AsyncIterator[Started]:
    file = tmp_path / "ready.json"
    file.write_text("stale")
    server = await start(tmp_path / "data", Options(demo=True, demo_consultations=3, bot=False, ready_file=file))
    try:
        assert not file.exists()
        server.announce()
        async with aiohttp.ClientSession() as http:
            yield Started(server, json.loads(file.read_text("utf-8")), file, http)
    finally:
        await server.stop()


async def test_the_ready_file_is_the_door_for_others(started: Started) -> None:
    ready = started.ready
    assert ready["pid"] == os.getpid()
    assert str(ready["http"]).startswith("http://127.0.0.1:")
    assert ready["media"] == "127.0.0.1:7881"
    assert stat.S_IMODE(started.file.stat().st_mode) == 0o600
    accounts = ready["accounts"]
    assert isinstance(accounts, list)
    assert {a["user"] for a in accounts} >= {"village", "specialist", "bot"}
    for account in accounts:
        assert set(account) == {"user", "password", "role", "display"}
    consultations = ready["consultations"]
    assert isinstance(consultations, list)
    assert len(consultations) == 3
    assert all(ready[key] == value for key, value in consultations[0].items())
    for record in consultations:
        assert set(record) == {"consultation", "whip", "whep", "tokens"}
        headers = {"Authorization": f"Bearer {record['tokens']['publisher2']}", "Content-Type": "application/sdp"}
        async with started.http.post(record["whip"], data=SENDS_ONLY, headers=headers) as reply:
            assert reply.status == 201


async def test_an_account_of_the_ready_file_signs_in(started: Started) -> None:
    account = next(a for a in started.ready["accounts"] if a["role"] == "village_doctor")  # type: ignore[union-attr,attr-defined]
    form = {"user": account["user"], "password": account["password"]}
    async with started.http.post(f"{started.server.url}/api/session", json=form) as reply:
        assert reply.status == 200
        cookie = reply.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


async def test_health_readiness_and_metrics(started: Started) -> None:
    for path in ("/healthz", "/readyz"):
        async with started.http.get(started.server.url + path) as reply:
            assert reply.status == 200
    async with started.http.get(started.server.url + "/metrics") as reply:
        assert reply.status == 200
        assert "sefaw_consultations 3.0" in await reply.text()
    async with started.http.get(started.server.url + "/metrics", headers={"X-Forwarded-For": "8.8.8.8"}) as reply:
        assert reply.status == 401
    plane = started.server.running.services.metrics.plane
    plane._updated = 1e-9
    async with started.http.get(started.server.url + "/readyz") as reply:
        assert (reply.status, await reply.text()) == (503, "media plane silent\n")
    plane._updated = 0.0
    started.server.running.services.stopping = True
    async with started.http.get(started.server.url + "/readyz") as reply:
        assert reply.status == 503


async def test_every_answer_carries_the_security_headers(started: Started) -> None:
    for path in ("/", "/healthz", "/nowhere", "/api/session", "/assets/../../config.py"):
        async with started.http.get(started.server.url + path) as reply:
            headers = reply.headers
            assert headers["X-Content-Type-Options"] == "nosniff", path
            assert headers["Referrer-Policy"] == "no-referrer"
            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert headers["Server"] == "sefaw-rtc"
            assert f"ws://{started.server.url.split('//')[1]}" in policy
            assert "camera=(self)" in headers["Permissions-Policy"]
            assert "Strict-Transport-Security" not in headers


async def test_webassembly_is_compiled_in_the_decoders_worker_alone(started: Started) -> None:
    asked = {"/assets/decodeImageFrameWorker-Ab_1-c.js": True, "/assets/index-Ab1.js": False, "/": False}
    asked["/assets/decodeImageFrameWorker-x.js/../y.js"] = False
    for path, may in asked.items():
        async with started.http.get(started.server.url + path) as reply:
            policy = reply.headers["Content-Security-Policy"]
            assert ("script-src 'self' 'wasm-unsafe-eval';" in policy) is may, path
            assert "'unsafe-eval'" not in policy


async def test_a_hostile_host_header_does_not_reach_the_policy(started: Started) -> None:
    async with started.http.get(started.server.url + "/healthz", headers={"Host": "x; script-src *"}) as reply:
        assert "script-src *" not in reply.headers.get("Content-Security-Policy", "")


async def test_pages_are_cached_by_what_they_are(
    started: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "STATIC", tmp_path / "static")
    async with started.http.get(started.server.url + "/") as reply:
        assert reply.status == 503
        assert "make setup" in await reply.text()
    (tmp_path / "static/assets").mkdir(parents=True)
    (tmp_path / "static/index.html").write_text("<!doctype html>")
    (tmp_path / "static/assets/app-1a2b.js").write_text("1")
    (tmp_path / "secret.txt").write_text("secret")
    async with started.http.get(started.server.url + "/") as reply:
        assert (reply.status, reply.headers["Cache-Control"]) == (200, "no-cache")
    async with started.http.get(started.server.url + "/assets/app-1a2b.js") as reply:
        assert "immutable" in reply.headers["Cache-Control"]
    for path in ("/assets/nothing.js", "/assets/..%2f..%2fsecret.txt", "/assets/%2e%2e/index.html"):
        async with started.http.get(started.server.url + path) as reply:
            assert reply.status == 404, path


async def test_a_graceful_end_tells_everybody(tmp_path: Path) -> None:
    file = tmp_path / "ready.json"
    server = await start(tmp_path / "data", Options(demo=True, bot=False, ready_file=file))
    server.announce()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with http.post(f"{server.url}/api/session", json={"user": "village", "password": "demo-village"}):
            pass
        page = Page(await http.ws_connect(f"{server.url}/wire"))
        await page.send(wire.Hello(version=1))
        await page.get(wire.Lobby)
        async with asyncio.timeout(PATIENCE_S):
            await server.stop()
        assert (await page.get(wire.Goodbye)).reason is CloseReason.SERVER_STOPPING
        assert await page.closed() == 1001
    assert not file.exists()


async def test_over_tls_the_cookie_is_secure_and_stays_so(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    settings = config(tmp_path / "data")
    over_tls = replace(settings.server, http="127.0.0.1:0", tls_cert=str(certificate), tls_key=str(key))
    server = await Server.start(replace(settings, server=over_tls), FakeEngine(accept), Options(demo=True, bot=False))
    trusting = ssl.create_default_context(cafile=str(certificate))
    try:
        assert server.url.startswith("https://127.0.0.1:")
        async with aiohttp.ClientSession() as http:
            form = {"user": "village", "password": "demo-village"}
            async with http.post(f"{server.url}/api/session", json=form, ssl=trusting) as reply:
                assert reply.status == 200
                assert "Secure" in reply.headers["Set-Cookie"]
                assert "max-age" in reply.headers["Strict-Transport-Security"]
                assert "wss://127.0.0.1" in reply.headers["Content-Security-Policy"]
    finally:
        await server.stop()


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for loopback, for an hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, secret


async def test_an_address_in_use_is_one_plain_sentence(started: Started) -> None:
    with pytest.raises(ConfigError, match=r"server.http .* cannot be used"):
        main.listen(started.server.url.split("//")[1])


async def test_two_servers_do_not_share_a_data_directory(started: Started) -> None:
    with pytest.raises(ConfigError, match="used by another running server"):
        main.lock_data(started.file.parent / "data")


def test_the_welcome_names_the_address_and_the_accounts(world: World) -> None:
    text = main.welcome("http://127.0.0.1:8080", world.running.accounts)
    assert "http://127.0.0.1:8080" in text
    assert "demo-village" in text
