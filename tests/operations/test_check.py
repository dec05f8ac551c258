"""Each check finds what it looks for, and says what to do. The real plane answers the offer; sockets are real."""

import datetime
import http.server
import json
import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from sefaw_rtc.config import Config, Limits, Scp, Server
from sefaw_rtc.operations import check
from sefaw_rtc.operations.check import addresses, certificate, clock, codecs, machine, ports
from sefaw_rtc.operations.check import data as data_check
from sefaw_rtc.operations.check.finding import Finding, Level, worst
from sefaw_rtc.operations.self_signed import ensure
from sefaw_rtc.store import Store
from sefaw_rtc.store.store import FILE
from sefaw_rtc.web.main import lock_data

NOW = datetime.datetime(2026, 11, 25, tzinfo=datetime.UTC)


def config(tmp_path: Path, **server: Any) -> Config:
    given = {"http": "127.0.0.1:0", "media": ["127.0.0.1:0"], "data": str(tmp_path / "data"), **server}
    return Config(server=Server(**given))


def said(findings: Iterator[Finding]) -> dict[str, Level]:
    return {finding.words: finding.level for finding in findings}


def one(findings: Iterator[Finding], words: str) -> Finding:
    [found] = [finding for finding in findings if words in finding.words]
    return found


# ---- ports --------------------------------------------------------------------------------------------------------


def test_free_ports_are_free_for_udp_and_tcp(tmp_path: Path) -> None:
    found = said(ports.examine(config(tmp_path, media=["127.0.0.1:0", "[::1]:0"])))
    assert found == {
        "TCP 127.0.0.1:0 is free.": Level.OK,
        "UDP 127.0.0.1:0 is free.": Level.OK,
        "UDP [::1]:0 is free.": Level.OK,
        "TCP [::1]:0 is free.": Level.OK,
    }


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_port_of_another_program_is_a_problem(tmp_path: Path, kind: int) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        media = f"127.0.0.1:{taken.getsockname()[1]}"
        found = one(ports.examine(config(tmp_path, media=[media])), "used by another program")
    assert found.level is Level.PROBLEM
    assert found.words.startswith("UDP" if kind == socket.SOCK_DGRAM else "TCP")
    assert found.do


def test_the_port_for_devices(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = replace(config(tmp_path), scp=Scp(listen=f"127.0.0.1:{other.getsockname()[1]}"))
        found = one(ports.examine(taken), "used by another program")
        assert (found.level, "scp.listen" in found.do) == (Level.PROBLEM, True)
    everywhere = replace(config(tmp_path), scp=Scp(listen="0.0.0.0:0"))
    assert one(ports.examine(everywhere), "without encryption").level is Level.WARNING


def test_every_shard_has_its_port(tmp_path: Path) -> None:
    found = said(ports.examine(config(tmp_path, media=["127.0.0.1:47000"], shards=2)))
    assert {words.split(":")[1].split(" ")[0] for words in found} == {"0", "47000", "47001"}


def test_an_address_of_another_machine_is_a_problem(tmp_path: Path) -> None:
    assert one(ports.examine(config(tmp_path, http="203.0.113.9:8080", self_signed=True)), "cannot be used").level is (
        Level.PROBLEM
    )


@contextmanager
def answering(status: int, text: str, date: str | None = None) -> Iterator[str]:
    """A server in a thread that says one thing."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            self.send_header("Date", date or self.date_time_string())
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(text.encode())

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_arguments: Any) -> None: ...

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(("status", "text", "level"), [(200, "ready", Level.OK), (503, "draining", Level.WARNING)])
def test_a_running_server_of_ours_is_asked(tmp_path: Path, status: int, text: str, level: Level) -> None:
    with answering(status, text) as address, lock_data(tmp_path / "data"):
        findings = list(ports.examine(config(tmp_path, http=address)))
    assert one(iter(findings), text).level is level
    assert one(iter(findings), f"TCP {address} is in use while").level is Level.OK


def test_a_running_server_that_is_elsewhere_is_a_problem(tmp_path: Path) -> None:
    with lock_data(tmp_path / "data"):
        found = one(ports.examine(config(tmp_path, http="127.0.0.1:1")), "does not answer")
    assert found.level is Level.PROBLEM


# ---- addresses ----------------------------------------------------------------------------------------------------


def test_media_on_loopback_under_public_pages_is_a_problem(tmp_path: Path) -> None:
    found = one(addresses.examine(config(tmp_path, http="0.0.0.0:443", self_signed=True)), "nobody gets sound")
    assert found.level is Level.PROBLEM
    behind_proxy = config(tmp_path, public_url="https://call.example.org")
    assert worst(list(addresses.examine(behind_proxy))) is Level.PROBLEM


def test_all_on_this_machine_is_fine(tmp_path: Path) -> None:
    assert worst(list(addresses.examine(config(tmp_path, media=["127.0.0.1:7881", "[::1]:7881"])))) is Level.OK


def test_private_addresses_get_a_hint_and_public_ones_none(tmp_path: Path) -> None:
    lan = config(tmp_path, http="0.0.0.0:443", self_signed=True, announce=["192.168.7.5"])
    assert one(addresses.examine(lan), "private: only this network").level is Level.WARNING
    wide = config(tmp_path, http="0.0.0.0:443", self_signed=True, announce=["8.8.8.8:7881", "[2600::1]:7881"])
    assert said(addresses.examine(wide)) == {"8.8.8.8: public.": Level.OK, "2600::1: public.": Level.OK}


def test_a_name_that_does_not_resolve_is_a_problem(tmp_path: Path) -> None:
    found = one(addresses.examine(config(tmp_path, announce=["nowhere.invalid:7881"])), "cannot be resolved")
    assert (found.level, "nowhere.invalid" in found.words) == (Level.PROBLEM, True)


# ---- certificate --------------------------------------------------------------------------------------------------


def issued(folder: Path, begins: timedelta, ends: timedelta, names: tuple[str, ...] = ("call.example.org",)) -> None:
    """A certificate of some authority, without that authority's own."""
    key, issuer = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    named = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("call", "authority")]
    builder = (
        x509.CertificateBuilder()
        .subject_name(named[0])
        .issuer_name(named[1])
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW + begins)
        .not_valid_after(NOW + ends)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
    (folder / "cert.pem").write_bytes(builder.sign(issuer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def given(tmp_path: Path, **server: Any) -> Config:
    files = {"tls_cert": str(tmp_path / "cert.pem"), "tls_key": str(tmp_path / "key.pem")}
    return config(tmp_path, **{"http": "0.0.0.0:443", "public_url": "https://call.example.org", **files, **server})


def test_a_good_certificate(tmp_path: Path) -> None:
    issued(tmp_path, timedelta(days=-1), timedelta(days=90))
    found = said(certificate.examine(given(tmp_path), NOW))
    assert found["Certificate and key belong together."] is Level.OK
    assert found["It is good for call.example.org."] is Level.OK
    assert found["It stands alone: phones often miss its issuer's certificate."] is Level.WARNING


@pytest.mark.parametrize(
    ("begins", "ends", "words", "level"),
    [
        (-100, -1, "It ended on 2026-11-24", Level.PROBLEM),
        (-100, 5, "It ends on 2026-11-30", Level.WARNING),
        (1, 90, "It is good from 2026-11-26", Level.PROBLEM),
        (-1, 90, "It is good until", Level.OK),
    ],
)
def test_when_it_is_good(tmp_path: Path, begins: int, ends: int, words: str, level: Level) -> None:
    issued(tmp_path, timedelta(days=begins), timedelta(days=ends))
    assert one(certificate.examine(given(tmp_path), NOW), words).level is level


def test_a_key_of_another_certificate(tmp_path: Path) -> None:
    issued(tmp_path, timedelta(days=-1), timedelta(days=90))
    kept = (tmp_path / "key.pem").read_bytes()
    issued(tmp_path, timedelta(days=-1), timedelta(days=90))
    (tmp_path / "key.pem").write_bytes(kept)
    assert one(certificate.examine(given(tmp_path), NOW), "not this certificate's").level is Level.PROBLEM


def test_names(tmp_path: Path) -> None:
    issued(tmp_path, timedelta(days=-1), timedelta(days=90), ("*.example.org",))
    assert one(certificate.examine(given(tmp_path), NOW), "good for call.example.org").level is Level.OK
    other = given(tmp_path, public_url="https://a.b.example.org")
    assert one(certificate.examine(other, NOW), "People type a.b.example.org").level is Level.PROBLEM
    issued(tmp_path, timedelta(days=-1), timedelta(days=90), ())
    assert one(certificate.examine(given(tmp_path), NOW), "names no host").level is Level.PROBLEM


def test_a_broken_chain(tmp_path: Path) -> None:
    issued(tmp_path, timedelta(days=-1), timedelta(days=90))
    text = (tmp_path / "cert.pem").read_text()
    (tmp_path / "cert.pem").write_text(text + text)
    assert one(certificate.examine(given(tmp_path), NOW), "The chain is broken").level is Level.PROBLEM


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("x")
    assert worst(list(certificate.examine(given(tmp_path), NOW))) is Level.PROBLEM


def test_without_a_certificate(tmp_path: Path) -> None:
    assert one(certificate.examine(config(tmp_path), NOW), "only this machine").level is Level.WARNING
    proxied = config(tmp_path, public_url="https://call.example.org")
    assert worst(list(certificate.examine(proxied, NOW))) is Level.OK


def test_self_signed(tmp_path: Path) -> None:
    own = config(tmp_path, http="0.0.0.0:443", self_signed=True)
    assert one(certificate.examine(own, NOW), "made when the server first starts").level is Level.OK
    made = ensure(own, NOW)
    found = one(certificate.examine(own, NOW), "must be told to trust it")
    assert made.fingerprint in found.words


# ---- clock --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "level", "words"),
    [
        (None, Level.OK, "It agrees with"),
        ("Sun, 06 Nov 1994 08:49:37 GMT", Level.PROBLEM, "ahead of"),
        ("nonsense", Level.WARNING, "told no time"),
    ],
)
def test_against_a_web_server(date: str | None, level: Level, words: str) -> None:
    with answering(404, "", date) as address:
        assert one(clock.examine(f"http://{address}"), words).level is level


def test_not_everything_is_asked_for_the_time() -> None:
    assert one(clock.examine("file:///etc/passwd"), "no http(s) address").level is Level.PROBLEM


def test_the_kernels_word_on_synchronisation() -> None:
    assert clock._synchronised(5).level is Level.WARNING
    assert clock._synchronised(0).level is Level.OK
    assert clock._synchronised(None).level is Level.OK
    assert clock._adjtimex() in {None, 0, 1, 2, 3, 4, 5}


def test_a_jumping_clock_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    walls = iter([1_800_000_000.0, 1_800_000_000.0, 1_800_003_600.2])
    monkeypatch.setattr(clock.time, "time", lambda: next(walls))
    assert "jumped by 3600" in one(clock.examine(), "jumped").words


# ---- codecs -------------------------------------------------------------------------------------------------------


def test_the_built_plane_answers_with_every_codec() -> None:
    pytest.importorskip("sefaw_rtc._media", reason="the media plane is not built", exc_type=ImportError)
    assert said(codecs.examine()) == {"The media plane answers with opus, VP8, H264, VP9, AV1.": Level.OK}


def test_missing_codecs_are_named() -> None:
    answer = "".join(f"a=rtpmap:9{n} {name}/90000\r\n" for n, name in enumerate(("opus", "VP8", "H264", "VP9")))
    assert one(codecs.judge(answer), "Missing: AV1").level is Level.WARNING
    assert one(codecs.judge(answer.replace("VP8", "XX")), "Missing: VP8, AV1").level is Level.PROBLEM


# ---- data and machine ---------------------------------------------------------------------------------------------


def test_a_fresh_machine_has_nothing_to_complain_of(tmp_path: Path) -> None:
    assert worst(list(data_check.examine(config(tmp_path)))) is Level.OK
    assert not (tmp_path / "data").exists()  # looking makes nothing


def test_a_healthy_data_directory(data: Path) -> None:
    data.chmod(0o700)
    found = said(data_check.examine(config(data.parent)))
    assert found["The database is whole (quick_check)."] is Level.OK
    assert found["The token key is readable by its owner only."] is Level.OK
    assert worst(list(data_check.examine(config(data.parent)))) is Level.OK


def test_what_others_may_read(data: Path) -> None:
    data.chmod(0o755)
    (data / "token.key").chmod(0o644)
    found = list(data_check.examine(config(data.parent)))
    assert one(iter(found), "Others may look into").level is Level.WARNING
    assert one(iter(found), "Others may read the token key").do.startswith("chmod 600")


def test_little_and_no_room(data: Path) -> None:
    base = config(data.parent)
    full = replace(base, limits=replace(Limits(), free_bytes=10**18))
    assert one(data_check.examine(full), "no new consultation opens").level is Level.PROBLEM


def test_a_damaged_database(data: Path) -> None:
    content = bytearray((data / FILE).read_bytes())
    content[4096 : 4096 * 4] = os.urandom(4096 * 3)
    (data / FILE).write_bytes(content)
    assert worst(list(data_check.examine(config(data.parent)))) is Level.PROBLEM
    (data / FILE).write_bytes(b"nonsense" * 1000)
    assert one(data_check.examine(config(data.parent)), "cannot be read").level is Level.PROBLEM


@pytest.mark.parametrize(
    ("revision", "words", "level"),
    [("0001", "has schema 0001", Level.OK), ("9999", "by a newer version (9999", Level.PROBLEM)],
)
def test_another_schema(tmp_path: Path, revision: str, words: str, level: Level) -> None:
    Store.open(tmp_path / "data").close()
    with closing(sqlite3.connect(tmp_path / "data" / FILE)) as database:
        database.execute("UPDATE alembic_version SET version_num = ?", [revision])
        database.commit()
    assert one(data_check.examine(config(tmp_path)), words).level is level


def test_open_files_against_the_limits() -> None:
    assert machine._files(1024, 8500).level is Level.WARNING
    assert "LimitNOFILE=8756" in machine._files(1024, 8500).do
    assert machine._files(65_536, 8500).level is Level.OK


def test_small_buffers(tmp_path: Path) -> None:
    (tmp_path / "rmem_max").write_text("212992\n")
    found = machine._buffer("rmem_max", tmp_path)
    assert found is not None
    assert (found.level, "212992" not in found.do) == (Level.WARNING, True)
    assert machine._buffer("wmem_max", tmp_path) is None


# ---- all together -------------------------------------------------------------------------------------------------


def test_every_warning_and_problem_says_what_to_do(data: Path) -> None:
    found = list(check.examine(config(data.parent, http="0.0.0.0:0", self_signed=True)))
    assert {finding.area for finding in found} >= {"http", "media", "announced", "certificate", "clock", "data"}
    assert all(finding.do for finding in found if finding.level is not Level.OK)


def test_findings_are_json(data: Path) -> None:
    text = check.finding.msgspec.json.encode(list(data_check.examine(config(data.parent))))
    assert {"area", "level", "words", "do"} == set(json.loads(text)[0])
