"""A certificate that the server makes for itself, for a network without a certificate authority.

It is its own authority, so that phones and computers can be told to trust it; what it may vouch for is limited to its
own names (RFC 5280 §4.2.1.10), so that a stolen key opens nothing else on those phones. It begins a day ago, since
clocks differ, and lasts as long as iOS accepts (825 days).
"""

import datetime
import ipaddress
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sefaw_rtc.config import KEYS, SELF_SIGNED, Config, parse_address
from sefaw_rtc.errors import ConfigError
from sefaw_rtc.operations.interfaces import addresses

KEY: Final = "self-signed.key"
_LASTS: Final = datetime.timedelta(days=825 - 1)
_BEGAN: Final = datetime.timedelta(days=1)
_RENEW_BEFORE: Final = datetime.timedelta(days=30)


@dataclass(frozen=True)
class SelfSigned:
    """`made`: it is new, whoever trusted the former one must trust this one."""

    certificate: Path
    key: Path
    fingerprint: str
    until: datetime.datetime
    names: list[str]
    made: bool


def ensure(config: Config, now: datetime.datetime) -> SelfSigned:
    """The certificate of this data directory, made if there is none, if it soon ends, or if it lacks a name of this
    machine. Raises ConfigError."""
    folder = config.data / KEYS
    wanted = names(config)
    kept = _read(folder / SELF_SIGNED)
    made = kept is None or not _good(kept, wanted, now) or not (folder / KEY).is_file()
    try:
        certificate = _make(folder, wanted, now) if made or kept is None else kept
    except OSError as error:
        raise ConfigError(f"The self-signed certificate cannot be kept in {folder}: {error.strerror}.") from error
    return SelfSigned(
        certificate=folder / SELF_SIGNED,
        key=folder / KEY,
        fingerprint=fingerprint(certificate),
        until=certificate.not_valid_after_utc,
        names=sorted(_names_of(certificate)),
        made=made,
    )


def names(config: Config) -> set[str]:
    """What people may type to reach this machine."""
    host, _port = parse_address(config.server.http, "server.http")
    public = urlsplit(config.server.public_url).hostname
    named = {"localhost", "127.0.0.1", "::1", socket.gethostname().lower(), *(str(each) for each in addresses())}
    if not _is_anything(host):
        named.add(host)
    return named | ({public} if public else set())


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256, as browsers and phones show it."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _make(folder: Path, wanted: Iterable[str], now: datetime.datetime) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())  # what every browser and phone takes
    general = [_general(name) for name in sorted(wanted)]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Sefaw RTC {socket.gethostname()}"[:64])])
    usage = x509.KeyUsage(True, False, False, False, False, True, False, False, False)  # signature, certificate signing
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEGAN)
        .not_valid_after(now - _BEGAN + _LASTS)
        .add_extension(x509.SubjectAlternativeName(general), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints([_constraint(name) for name in sorted(wanted)], None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(folder / KEY, secret)
    _write(folder / SELF_SIGNED, certificate.public_bytes(serialization.Encoding.PEM))
    return certificate


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _read(path: Path) -> x509.Certificate | None:
    """The kept certificate; None if there is none, or nothing that could be one."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None


def _good(certificate: x509.Certificate, wanted: set[str], now: datetime.datetime) -> bool:
    return wanted <= _names_of(certificate) and certificate.not_valid_after_utc - now > _RENEW_BEFORE


def _names_of(certificate: x509.Certificate) -> set[str]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in names}


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _constraint(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_network(name))
    except ValueError:
        return x509.DNSName(name)


def _is_anything(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False
