"""Logs: known keys only, nothing personal, also from libraries and tracebacks."""

import ast
import io
import json
import logging
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from sefaw_rtc import logs
from sefaw_rtc.logs import Pii

ROOT = Path(__file__).resolve().parents[1]
SECRET = "Zhang Wei"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The test run's own logging comes back."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)
    logging.getLogger("aiohttp.access").disabled = False


@pytest.fixture(params=["json", "console"])
def stream(request: pytest.FixtureRequest) -> io.StringIO:
    """Everything logged, in either form."""
    out = io.StringIO()
    logs.configure("debug", request.param, out)
    return out


def test_pii_never_shows_itself() -> None:
    hidden = Pii(SECRET)
    assert {str(hidden), repr(hidden), f"{hidden}", f"{hidden:>3}", f"{[hidden]}"} == {"[pii]", "[[pii]]"}
    assert hidden.reveal() == SECRET
    assert hidden == Pii(SECRET)
    assert hidden != SECRET
    assert len({hidden, Pii(SECRET)}) == 1
    with pytest.raises(TypeError):
        pickle.dumps(hidden)
    with pytest.raises(TypeError):
        json.dumps(hidden)


def test_unknown_keys_are_dropped_and_named(stream: io.StringIO) -> None:
    logs.get("test").info("joined", consultation="c", patient=SECRET, remote_address="192.0.2.1")
    text = stream.getvalue()
    assert "joined" in text
    assert "consultation" in text
    assert SECRET not in text
    assert "192.0.2.1" not in text
    assert "patient" in text  # the key's name, under `dropped`
    assert "remote_address" in text


def test_pii_under_a_known_key_is_hidden_however_deep(stream: io.StringIO) -> None:
    logs.get("test").info("x", reason=Pii(SECRET), count=[Pii(SECRET)], size={"a": (Pii(SECRET),)})
    assert SECRET not in stream.getvalue()
    assert stream.getvalue().count("[pii]") == 3


def test_libraries_lines_lose_their_arguments(stream: io.StringIO) -> None:
    logging.getLogger("aiohttp.server").error("Error handling request from %s", "192.0.2.1")
    logging.getLogger("asyncio").warning("slow %(address)s", {"address": "192.0.2.1"})
    logging.getLogger("anything").info("hello %s", SECRET)
    logging.getLogger("aiohttp.access").warning("192.0.2.1 GET /")
    text = stream.getvalue()
    assert "Error handling request from %s" in text
    assert "192.0.2.1" not in text
    assert "hello" not in text


def test_a_traceback_shows_no_local_values(stream: io.StringIO) -> None:
    def fails(name: str) -> None:
        local = name * 2
        raise ValueError(len(local))

    for log in (logs.get("test").exception, logging.getLogger("library").exception):
        try:
            fails(SECRET)
        except ValueError:
            log("failed")
    text = stream.getvalue()
    assert text.count("ValueError: 18") == 2
    assert SECRET not in text


def test_below_the_level_nothing_is_said() -> None:
    out = io.StringIO()
    logs.configure("warning", "json", out)
    logs.get("test").info("quiet")
    logs.get("test").warning("loud", code="x")
    [line] = out.getvalue().splitlines()
    said = json.loads(line)
    assert (said["event"], said["level"], said["part"], said["code"]) == ("loud", "warning", "test", "x")


def log_calls(*, edge: bool) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a method of `log` or `_log`: in the server, or in the programs of `edge`."""
    for path in sorted((ROOT / "sefaw_rtc").rglob("*.py")):
        if ("edge" in path.relative_to(ROOT).parts) is not edge:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in {"log", "_log"}
                and node.func.attr in {"debug", "info", "warning", "error", "critical", "exception"}
            ):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


# What the lines of edge programs, which have no structured log, may put into their constant words: nothing of an
# address, a token, or what a server said. Whoever adds one looks at what is in it.
EDGE_MAY_NAME = {
    "error",  # of a source: our own words, a file's name at most
    "error if isinstance(error, RefusedError) else type(error).__name__",  # a status and our own code
    "type(error).__name__",
    "len(data)",
    "reply.status",
    "frame.width",
    "frame.height",
    "width",
    "height",
    "encoder.name",
}


def test_edge_programs_name_only_what_was_looked_at() -> None:
    found = list(log_calls(edge=True))
    assert len(found) > 5
    for where, call in found:
        words, *named = call.args
        assert isinstance(words, ast.Constant), f"{where}: the words are not constant"
        assert not call.keywords, where
        stray = {ast.unparse(one) for one in named} - EDGE_MAY_NAME
        assert not stray, f"{where}: {stray}"


def test_every_line_of_ours_is_constant_words_and_known_keys() -> None:
    """Free text and stray keys are how names and addresses get into logs."""
    found = list(log_calls(edge=False))
    assert len(found) > 5
    for where, call in found:
        assert len(call.args) == 1, where
        assert isinstance(call.args[0], ast.Constant), f"{where}: the words are not constant"
        stray = {key.arg for key in call.keywords if key.arg is not None} - logs.KNOWN_KEYS
        assert not stray, f"{where}: {stray} would be dropped (sefaw_rtc/logs.py)"


class FullDisk(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(28, "No space left on device")

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


def test_a_log_that_cannot_be_written_stops_nothing() -> None:
    logs.configure("info", "json", FullDisk())
    logs.get("test").error("the disk is full", count=1)
    logging.getLogger("library").error("so it is")
