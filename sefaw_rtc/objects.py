"""The object store as configured: where it is, and what opens it."""

from pathlib import Path
from urllib.parse import urlsplit

from recordings import Keyring
from recordings.keeping.ledger import Ledgers
from recordings.objects import Local, Place
from sefaw_rtc.access.keys import read_secret
from sefaw_rtc.config import Config, is_loopback
from sefaw_rtc.errors import ConfigError
from signalling.ids import ConsultationId


def place_of(config: Config) -> Place | None:
    """None: there is none. Raises `ConfigError`."""
    s3 = config.s3
    if not s3.bucket:
        return None
    access_key, secret_key = _credentials(config)
    return Place(
        bucket=s3.bucket,
        endpoint=s3.endpoint.rstrip("/"),
        region=s3.region,
        prefix=s3.prefix,
        path_style=s3.path_style,
        access_key=access_key,
        secret_key=secret_key,
        allow_http=s3.allow_http or is_loopback(urlsplit(s3.endpoint).hostname or ""),
        ca=_ca(s3.ca_file),
        timeout_s=s3.timeout_s,
    )


def local_of(keyring: Keyring, ledgers: Ledgers, log: Path, consultation: ConsultationId) -> Local:
    """Where a consultation that is over lies here, and what was decided about keeping it. Raises `LogDamaged`,
    `StorageFailed`."""
    kept = ledgers.read(consultation)
    return Local(consultation, keyring.folder(consultation), log, kept.aged, kept.erased is not None)


def _credentials(config: Config) -> tuple[str, str]:
    s3 = config.s3
    if not s3.credentials_file:
        return s3.access_key, s3.secret_key
    try:
        lines = read_secret(Path(s3.credentials_file)).split()
    except FileNotFoundError:
        raise ConfigError(f"s3.credentials_file: there is no file {s3.credentials_file}.") from None
    if len(lines) != 2:
        raise ConfigError(
            f"{s3.credentials_file} has the access key in its first line and the secret key in its second."
        )
    return lines[0], lines[1]


def _ca(file: str) -> str:
    try:
        return Path(file).read_text("ascii") if file else ""
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"s3.ca_file: {file} cannot be read.") from None
