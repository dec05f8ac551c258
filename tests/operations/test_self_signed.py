"""The certificate for a LAN: what it is good for, that clients who trust it accept it, when it is made anew."""

import datetime
import hashlib
import socket
import ssl
import stat
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from msgspec.structs import replace

from sefaw_rtc.config import Config
from sefaw_rtc.errors import ConfigError
from sefaw_rtc.media.fake import FakeEngine, accept
from sefaw_rtc.operations import interfaces
from sefaw_rtc.operations.self_signed import SelfSigned, ensure
from sefaw_rtc.web.main import Options, trust
from sefaw_rtc.web.main import Server as Process
from signalling import messages as wire
from signalling.vocabulary import WIRE_VERSION
from tests.web.world import Page, config

NOW = datetime.datetime(2026, 11, 25, tzinfo=datetime.UTC)


def settings(data: Path, **server: object) -> Config:
    base = config(data)
    return replace(base, server=replace(base.server, http="127.0.0.1:0", self_signed=True, **server))


def loaded(own: SelfSigned) -> x509.Certificate:
    return x509.load_pem_x509_certificate(own.certificate.read_bytes())


def test_it_is_good_for_what_people_type(tmp_path: Path) -> None:
    own = ensure(settings(tmp_path, public_url="https://call.example.org:8443"), NOW)
    there = {str(address) for address in interfaces.addresses()}
    assert {"localhost", "127.0.0.1", "::1", socket.gethostname().lower(), "call.example.org"} | there <= set(own.names)
    assert own.made


def test_nobody_else_may_read_the_key(tmp_path: Path) -> None:
    own = ensure(settings(tmp_path), NOW)
    assert stat.S_IMODE(own.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(own.key.parent.stat().st_mode) & 0o077 == 0


def test_it_is_kept_and_made_anew_only_when_it_must_be(tmp_path: Path) -> None:
    first = ensure(settings(tmp_path), NOW)
    again = ensure(settings(tmp_path), NOW + timedelta(days=700))
    assert (again.fingerprint, again.made) == (first.fingerprint, False)
    renewed = ensure(settings(tmp_path), NOW + timedelta(days=800))
    assert renewed.made
    assert renewed.fingerprint != first.fingerprint
    named = ensure(settings(tmp_path, public_url="https://other.example.org"), NOW + timedelta(days=800))
    assert named.made
    named.key.unlink()
    assert ensure(settings(tmp_path, public_url="https://other.example.org"), NOW + timedelta(days=800)).made
    named.certificate.write_bytes(b"nonsense")
    assert ensure(settings(tmp_path), NOW).made


def test_clocks_an_hour_apart_and_ios_accept_it(tmp_path: Path) -> None:
    certificate = loaded(ensure(settings(tmp_path), NOW))
    assert certificate.not_valid_before_utc < NOW - timedelta(hours=2)
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= timedelta(days=825)


def test_a_stolen_key_opens_nothing_else(tmp_path: Path) -> None:
    certificate = loaded(ensure(settings(tmp_path), NOW))
    limits = certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    assert x509.DNSName("localhost") in (limits.value.permitted_subtrees or [])
    basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (basic.ca, basic.path_length) == (True, 0)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("not a folder")
    with pytest.raises(ConfigError, match="cannot be kept"):
        ensure(settings(tmp_path), NOW)


async def test_whoever_trusts_it_gets_pages_and_wire(tmp_path: Path) -> None:
    server = await Process.start(settings(tmp_path / "data"), FakeEngine(accept), Options(demo=True, bot=False))
    assert server.certificate is not None
    trusting = ssl.create_default_context(cafile=str(server.certificate.certificate))
    port = server.url.rpartition(":")[2]
    try:
        for host in ("127.0.0.1", "localhost"):
            jar = aiohttp.CookieJar(unsafe=True)
            connector = aiohttp.TCPConnector(ssl=trusting, family=socket.AF_INET)
            async with aiohttp.ClientSession(cookie_jar=jar, connector=connector) as http:
                form = {"user": "village", "password": "demo-village"}
                async with http.post(f"https://{host}:{port}/api/session", json=form) as reply:
                    assert reply.status == 200
                    assert "Secure" in reply.headers["Set-Cookie"]
                    # Nobody could get past the warning any more when the certificate is made anew.
                    assert "Strict-Transport-Security" not in reply.headers
                page = Page(await http.ws_connect(f"wss://{host}:{port}/wire"))
                await page.send(wire.Hello(version=WIRE_VERSION))
                await page.get(wire.Lobby)
        async with aiohttp.ClientSession() as stranger:
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await stranger.get(f"{server.url}/")
    finally:
        await server.stop()


async def test_the_plain_words_name_fingerprint_and_addresses(tmp_path: Path) -> None:
    own = ensure(settings(tmp_path), NOW)
    words = trust(own, "https://0.0.0.0:8443")
    digest = ssl.PEM_cert_to_DER_cert(own.certificate.read_text())
    assert own.fingerprint.replace(":", "").lower() == hashlib.sha256(digest).hexdigest()
    assert own.fingerprint in words
    assert "https://127.0.0.1:8443" in words
    assert "https://[::1]:8443" in words
    assert "must be trusted anew" in words


def test_key_and_certificate_belong_together(tmp_path: Path) -> None:
    own = ensure(settings(tmp_path), NOW)
    secret = serialization.load_pem_private_key(own.key.read_bytes(), None)
    assert secret.public_key() == loaded(own).public_key()
