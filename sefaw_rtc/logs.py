"""Logging: one line per lifecycle transition, JSON or console, nothing personal.

`log.info("participant joined", consultation=…, participant=1)`. What may stand in a line is a closed list of *keys*
(`KNOWN_KEYS`): an unknown key is dropped and its name listed under `dropped`, so that a name, an address, a token or
an SDP cannot get in by a careless keyword. A value that is personal but useful while debugging is wrapped in `Pii`: it
renders as `[pii]` everywhere, in reprs and tracebacks too. Free text (`event`) must be a constant.
"""

import contextlib
import io
import logging
import sys
from collections.abc import Callable, MutableMapping
from typing import Any, Final, Generic, TextIO, TypeVar, cast

import structlog

T_co = TypeVar("T_co", covariant=True)
EventDict = MutableMapping[str, Any]


class Pii(Generic[T_co]):
    """A personal value. Renders as `[pii]`; `reveal()` is the only way to it, and never belongs in a log call."""

    __slots__ = ("_value",)

    def __init__(self, value: T_co) -> None:
        self._value = value

    def reveal(self) -> T_co:
        return self._value

    def __repr__(self) -> str:
        return "[pii]"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return "[pii]"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pii) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("a Pii value is not to be serialised")


# What a line may say. Ids here are random (consultation, account) or counters: they lead to a person only through
# the database. Add a key here only if its values can never be personal.
KNOWN_KEYS: Final = frozenset(
    {
        # structlog's own
        "event", "level", "timestamp", "part", "exception", "exc_info", "stack", "stack_info",
        # who and what, by id
        "consultation", "participant", "account", "institution", "track", "room", "peer", "shard", "seat", "connection",
        "resource", "role", "kind", "purpose", "action", "subject", "status", "transport", "audience",
        # how it went
        "reason", "code", "error", "ms", "count", "bytes", "seq", "size", "limit", "attempt", "retry_after_s", "state",
        "dtls", "srtp", "codec", "http_status", "method", "route", "message", "notice", "from_", "to",
        # the process
        "version", "revision", "pid", "port", "shards", "section", "key", "source", "demo", "tls", "python", "signal",
        "consultations", "accounts", "participants", "exit_code", "thread", "command", "cut_bytes", "uptime_s", "days",
        "dropped",
        # how reviews are drawn: figures of the configuration, the digest of the seed, a form's id
        "critical", "double_ppm", "form", "new_doctor_first", "random_ppm", "seed",
    }
)  # fmt: skip


def drop_unknown(_logger: object, _method: str, line: EventDict) -> EventDict:
    """Drop every key that is not known; say which, so that a developer sees it at once."""
    unknown = sorted(key for key in line if key not in KNOWN_KEYS)
    for key in unknown:
        del line[key]
    if unknown:
        line["dropped"] = unknown
    return line


def hide_pii(_logger: object, _method: str, line: EventDict) -> EventDict:
    """Render `Pii` before a renderer can look inside, also one level down in lists and mappings."""
    for key, value in line.items():
        line[key] = _hidden(value)
    return line


def configure(level: str = "info", form: str = "console", stream: TextIO | None = None) -> None:
    """Set up structlog and the standard library's loggers. `form` is `json` or `console`. Idempotent."""
    out = stream or sys.stderr
    unfailing = cast("TextIO", _Unfailing(out))
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Callable[..., Any]] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_unknown,
        hide_pii,
    ]
    renderer: list[Callable[..., Any]] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if form == "json"
        else [structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)]
    )
    structlog.configure(
        processors=[*shared, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(unfailing),
        cache_logger_on_first_use=False,
    )
    _configure_standard(number, unfailing, [*shared, *renderer])


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """The logger of one part of the server; `name` is a package name such as `access`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(part=name)
    return logger


def _hidden(value: Any) -> Any:
    if isinstance(value, Pii):
        return "[pii]"
    if isinstance(value, list | tuple):
        return [_hidden(item) for item in value]
    if isinstance(value, dict):
        return {key: _hidden(item) for key, item in value.items()}
    return value


class _Unfailing(io.TextIOBase):
    """What the log is written to: a full disk or a closed pipe costs a line, never the call that it speaks of."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            return self._out.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._out.flush()


class _TemplateOnly(logging.Filter):
    """Libraries put peers' addresses and paths into their arguments: print the message's template without them."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = str(record.msg) if record.args else record.getMessage(), None
        return True


def _configure_standard(number: int, out: TextIO, processors: list[Callable[..., Any]]) -> None:
    """Libraries log through `logging`; their words are not ours to vet, so only warnings and worse are let through."""
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler = logging.StreamHandler(out)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[meta, *processors]))
    handler.addFilter(_TemplateOnly())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(number, logging.WARNING))
    logging.getLogger("aiohttp.access").disabled = True  # one line per request, with the peer's address
