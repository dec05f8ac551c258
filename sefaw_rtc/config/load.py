"""From file, environment and options to the checked tree, remembering where each value came from."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from sefaw_rtc.config.address import is_loopback, parse_address
from sefaw_rtc.config.pacs import Pacs
from sefaw_rtc.config.pictures import Scp
from sefaw_rtc.config.s3 import S3
from sefaw_rtc.config.section import HIDDEN, Section
from sefaw_rtc.config.tree import Config
from sefaw_rtc.errors import ConfigError

ENV_PREFIX: Final = "SEFAW_"
# Variables of the test suite and of programs beside the server: not configuration.
FOREIGN_PREFIXES: Final = ("SEFAW_TEST_", "SEFAW_DEV_", "SEFAW_EDGE_", "SEFAW_BOT_", "SEFAW_BENCH_", "SEFAW_LOADTEST_")
DEFAULT_FILE: Final = Path("sefaw.toml")


class Key(NamedTuple):
    """One documented key of the tree."""

    section: str
    name: str
    type: Any  # with its bounds, for msgspec
    default: Any
    doc: str
    secret: bool

    @property
    def path(self) -> str:
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        return f"{ENV_PREFIX}{self.section}_{self.name}".upper()


class Loaded(NamedTuple):
    """`origins` says for every `section.key` where its value came from."""

    config: Config
    origins: Mapping[str, str]


def load(file: Path | None, environ: Mapping[str, str], options: Mapping[str, Any] | None = None) -> Loaded:
    """The effective configuration. `file` None = `sefaw.toml` here, if it exists. `options` maps `section.key` to the
    command line's values; None = not given. Raises `ConfigError` naming the key and its source."""
    known = {key.path: key for key in keys()}
    values: dict[str, Any] = {}
    origins = dict.fromkeys(known, "default")
    layers = (_from_file(file), _from_environ(known, environ), _from_options(options or {}))
    for path, raw, origin, lax in (entry for layer in layers for entry in layer):
        key = known.get(path)
        if key is None:
            raise ConfigError(f"{origin}: unknown key {path}")
        values[path] = _converted(key, raw, origin, lax=lax)
        origins[path] = origin
    config = _built(known, values)
    check(config)
    return Loaded(config, origins)


def keys() -> Iterator[Key]:
    """Every key, in the order of the tree."""
    for section, section_type in sections().items():
        hints = get_type_hints(section_type, include_extras=True)
        for field in msgspec.structs.fields(section_type):
            hint = hints[field.name]
            meta = next(m for m in get_args(hint)[1:] if isinstance(m, Meta))
            default = field.default if field.default is not msgspec.NODEFAULT else _made(field.default_factory)
            secret = bool((meta.extra or {}).get(HIDDEN))
            yield Key(section, field.name, hint, default, meta.description or "", secret)


def sections() -> dict[str, type[Section]]:
    """Section name to its type."""
    return {field.name: field.type for field in msgspec.structs.fields(Config)}


def check(config: Config) -> None:
    """What no single key can say. Raises `ConfigError`."""
    server = config.server
    host, _port = parse_address(server.http, "server.http")
    for entry in server.media:
        parse_address(entry, "server.media")
    if bool(server.tls_cert) != bool(server.tls_key):
        raise ConfigError("server.tls_cert and server.tls_key go together: give both or neither.")
    if server.self_signed and server.tls_cert:
        raise ConfigError("server.self_signed makes the certificate: leave out server.tls_cert and server.tls_key.")
    for name, path in (("tls_cert", server.tls_cert), ("tls_key", server.tls_key)):
        if path and not Path(path).is_file():
            raise ConfigError(f"server.{name}: there is no file {path}.")
    if not config.tls and not is_loopback(host):
        raise ConfigError(
            f"server.http is {server.http}: plain HTTP is for this machine only (127.0.0.1, ::1, localhost), since "
            "browsers give camera and microphone to secure pages alone. Give server.tls_cert and server.tls_key, on a "
            "LAN server.self_signed, or listen on 127.0.0.1 behind a proxy that has TLS."
        )
    if server.public_url and not server.public_url.startswith(("https://", "http://localhost", "http://127.0.0.1")):
        raise ConfigError("server.public_url must begin with https:// (or be http on localhost).")
    if config.calls.total_ring_s < config.calls.ring_timeout_s:
        raise ConfigError("calls.total_ring_s must not be below calls.ring_timeout_s.")
    if config.limits.sdp_bytes > config.limits.frame_bytes // 2:
        raise ConfigError("limits.sdp_bytes must not be above half of limits.frame_bytes: an offer travels in a frame.")
    _check_scp(config.scp)
    _check_pacs(config.pacs)
    _check_s3(config.s3)


def _check_pacs(pacs: Pacs) -> None:
    if not pacs.url:
        return
    if not pacs.url.startswith(("https://", "http://")) or any(sign in pacs.url for sign in "?#@ "):
        raise ConfigError(
            "pacs.url must be the address of a DICOMweb service, such as https://pacs.example.org/dicom-web."
        )
    if not pacs.institution:
        raise ConfigError("pacs.institution must say whose the PACS is.")
    for name in ("password_file", "ca_file"):
        path = getattr(pacs, name)
        if path and not Path(path).is_file():
            raise ConfigError(f"pacs.{name}: there is no file {path}.")


def _check_s3(s3: S3) -> None:
    """What the store itself says is looked at by `sefaw-rtc check`, and while it is used."""
    if not s3.bucket:
        return
    if s3.endpoint and not re.fullmatch(r"https?://[^/?#@\s]+/?", s3.endpoint):
        raise ConfigError("s3.endpoint must be an address such as https://s3.hospital.example, without a path.")
    host = urlsplit(s3.endpoint).hostname or ""
    if s3.endpoint.startswith("http://") and not (s3.allow_http or is_loopback(host)):
        raise ConfigError(f"s3.endpoint is plain HTTP to {host}: use https://, or set s3.allow_http.")
    if not re.fullmatch(r"([A-Za-z0-9._-]+/)*", s3.prefix) or ".." in s3.prefix:
        raise ConfigError("s3.prefix is of letters, digits, '.', '_', '-' and ends with a slash, such as sefaw/.")
    for name in ("ca_file", "credentials_file"):
        path = getattr(s3, name)
        if path and not Path(path).is_file():
            raise ConfigError(f"s3.{name}: there is no file {path}.")
    if not s3.credentials_file and not (s3.access_key and s3.secret_key):
        raise ConfigError(
            "s3.bucket is set and its credentials are not: give s3.credentials_file, or SEFAW_S3_ACCESS_KEY and "
            "SEFAW_S3_SECRET_KEY."
        )


def _check_scp(scp: Scp) -> None:
    scp.institutions()
    if scp.listen:
        parse_address(scp.listen, "scp.listen")
    if bool(scp.tls_cert) != bool(scp.tls_key) or (scp.tls_ca and not scp.tls_cert):
        raise ConfigError("scp.tls_cert and scp.tls_key go together, and scp.tls_ca needs both.")
    for name in ("tls_cert", "tls_key", "tls_ca"):
        path = getattr(scp, name)
        if path and not Path(path).is_file():
            raise ConfigError(f"scp.{name}: there is no file {path}.")


Entry = tuple[str, Any, str, bool]  # section.key, raw value, origin, whether text stands for numbers too


def _from_file(file: Path | None) -> Iterator[Entry]:
    path = file or DEFAULT_FILE
    if file is None and not path.is_file():
        return
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"The configuration file {path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The configuration file {path} is not valid TOML: {error}.") from None
    origin = f"file {path}"
    for section, table in tables.items():
        if section not in sections() or not isinstance(table, dict):
            raise ConfigError(f"{origin}: unknown key {section}")
        for name, raw in table.items():
            yield f"{section}.{name}", raw, origin, False


def _from_environ(known: Mapping[str, Key], environ: Mapping[str, str]) -> Iterator[Entry]:
    by_variable = {key.variable: key for key in known.values()}
    for variable in sorted(environ):
        if not variable.startswith(ENV_PREFIX) or variable.startswith(FOREIGN_PREFIXES):
            continue
        key = by_variable.get(variable)
        if key is None:
            raise ConfigError(f"environment: unknown variable {variable}")
        yield key.path, _split(key, environ[variable]), f"environment {variable}", True


def _from_options(options: Mapping[str, Any]) -> Iterator[Entry]:
    for path, raw in options.items():
        if raw is not None:
            yield path, raw, "command line", False


def _split(key: Key, text: str) -> Any:
    """Lists stand in the environment separated by commas."""
    kind = get_args(key.type)[0] if get_origin(key.type) is Annotated else key.type
    if get_origin(kind) is not list:
        return text
    return [part.strip() for part in text.split(",") if part.strip()]


def _converted(key: Key, raw: Any, origin: str, *, lax: bool) -> Any:
    if key.secret and not origin.startswith("environment"):
        raise ConfigError(
            f"{origin}: {key.path} is a secret and must not stand there; use {key.path}_file or {key.variable}."
        )
    try:
        return msgspec.convert(raw, key.type, strict=not lax)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{origin}: {key.path}: {error}.") from None


def _built(known: Mapping[str, Key], values: Mapping[str, Any]) -> Config:
    trees: dict[str, Section] = {}
    for section, section_type in sections().items():
        given = {known[path].name: value for path, value in values.items() if known[path].section == section}
        trees[section] = section_type(**given)
    return Config(**trees)  # type: ignore[arg-type]  # each section under its own name


def _made(factory: Any) -> Any:
    return factory()
