"""Is there a certificate, is it whole, and is it good for the address that people type?"""

import ipaddress
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509

from sefaw_rtc.config import KEYS, SELF_SIGNED, Config, parse_address
from sefaw_rtc.operations.check.finding import Finding, ok, problem, warning
from sefaw_rtc.operations.self_signed import KEY, fingerprint

_AREA = "certificate"
_SOON: Final = timedelta(days=21)  # time to notice and to act
_MANY: Final = 4


def examine(config: Config, now: datetime | None = None) -> Iterator[Finding]:
    now = now or datetime.now(UTC)
    if config.server.self_signed:
        yield from _own(config, now)
    elif config.tls:
        yield from _given(Path(config.server.tls_cert), Path(config.server.tls_key), _typed(config), now)
    elif config.server.public_url.startswith("https://"):
        yield ok(_AREA, "Plain HTTP here; the proxy in front has the certificate.")
    else:  # the configuration allows plain HTTP on loopback only
        do = "For other devices: server.tls_cert and server.tls_key, or --self-signed on a LAN."
        yield warning(_AREA, "Plain HTTP: only this machine can use camera and microphone.", do)


def _own(config: Config, now: datetime) -> Iterator[Finding]:
    path = config.data / KEYS / SELF_SIGNED
    if not path.is_file():
        yield ok(_AREA, "It is made when the server first starts (self-signed).")
        return
    yield from _given(path, config.data / KEYS / KEY, _typed(config), now)
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    do = f"Copy {path} to each device and compare the fingerprint."
    yield warning(_AREA, f"Self-signed: devices must be told to trust it. {fingerprint(certificate)}", do)


def _given(certificate: Path, key: Path, typed: str, now: datetime) -> Iterator[Finding]:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
        chain = x509.load_pem_x509_certificates(certificate.read_bytes())
    except ssl.SSLError as error:
        words = "The private key is not this certificate's" if "MISMATCH" in str(error) else f"Unreadable: {error}"
        yield problem(_AREA, f"{words}.", "Give certificate and key of the same request, as PEM.")
        return
    except (OSError, ValueError) as error:
        yield problem(_AREA, f"{certificate} or {key} cannot be read: {error}.", "Give both as PEM files.")
        return
    yield ok(_AREA, "Certificate and key belong together.")
    yield _validity(chain[0], now)
    yield _chain(chain)
    yield from _names(chain[0], typed)


def _validity(leaf: x509.Certificate, now: datetime) -> Finding:
    begins, ends = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    if now < begins:
        return problem(_AREA, f"It is good from {begins:%Y-%m-%d %H:%M} UTC on only.", "Look at this machine's clock.")
    if now >= ends:
        return problem(_AREA, f"It ended on {ends:%Y-%m-%d}.", "Renew it, then restart the server.")
    if ends - now < _SOON:
        return warning(_AREA, f"It ends on {ends:%Y-%m-%d}.", "Renew it, then restart the server.")
    return ok(_AREA, f"It is good until {ends:%Y-%m-%d}.")


def _chain(chain: list[x509.Certificate]) -> Finding:
    for lower, upper in pairwise(chain):
        if lower.issuer != upper.subject:
            do = "Put the server's certificate first, then each issuer's in order."
            return problem(_AREA, "The chain is broken: a certificate is followed by one that did not issue it.", do)
    if len(chain) == 1 and chain[0].issuer != chain[0].subject:
        do = "Use the file that holds the intermediate certificates too (often fullchain.pem)."
        return warning(_AREA, "It stands alone: phones often miss its issuer's certificate.", do)
    return ok(_AREA, f"A chain of {len(chain)}.")


def _names(leaf: x509.Certificate, typed: str) -> Iterator[Finding]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        yield problem(_AREA, "It names no host (no subjectAltName): browsers refuse it.", "Have it issued anew.")
        return
    listed = [str(name.value) for name in names]
    shown = ", ".join(listed[:_MANY]) + (f" and {len(listed) - _MANY} more" if len(listed) > _MANY else "")
    if not typed:
        yield ok(_AREA, f"It is good for {shown}.")
    elif any(_matches(name, typed) for name in listed):
        yield ok(_AREA, f"It is good for {typed}.")
    else:
        do = "Have it issued for that name, or correct server.public_url."
        yield problem(_AREA, f"People type {typed}, but it is good for {shown}.", do)


def _matches(name: str, typed: str) -> bool:
    """RFC 6125 §6.4.3: a star stands for the whole first label."""
    return name.lower() == typed or (name.startswith("*.") and typed.partition(".")[2] == name[2:].lower())


def _typed(config: Config) -> str:
    """What people type: the public URL's host, else the address listened on; empty = any of this machine's."""
    public = urlsplit(config.server.public_url).hostname
    host = public or parse_address(config.server.http, "server.http")[0]
    try:
        return "" if ipaddress.ip_address(host).is_unspecified else host
    except ValueError:
        return host.lower()
