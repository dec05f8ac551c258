"""Who may import whom: the arrows of docs/architecture.md. Everything not listed is forbidden."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("signalling", "recordings", "sefaw_rtc", "loadtest")

# package → the packages of ours it may import (itself always). The longest matching name counts.
ARROWS: dict[str, set[str]] = {
    "signalling": set(),
    "recordings": {"signalling"},
    "loadtest": {"signalling", "recordings", "sefaw_rtc.store"},
    "sefaw_rtc.errors": {"signalling"},
    "sefaw_rtc.config": {"signalling", "sefaw_rtc.errors"},
    "sefaw_rtc.logs": {"signalling", "sefaw_rtc.errors"},
    "sefaw_rtc.keyring": {"recordings", "sefaw_rtc.access", "sefaw_rtc.config", "sefaw_rtc.errors"},
    "sefaw_rtc.objects": {"signalling", "recordings", "sefaw_rtc.access", "sefaw_rtc.config", "sefaw_rtc.errors"},
    "sefaw_rtc.consultation": {"signalling"},
    "sefaw_rtc.media": {"signalling", "recordings", "sefaw_rtc._media"},
    "sefaw_rtc.store": {"signalling", "sefaw_rtc.errors", "sefaw_rtc.config", "sefaw_rtc.logs"},
    "sefaw_rtc.access": {"signalling", "sefaw_rtc.errors", "sefaw_rtc.config", "sefaw_rtc.logs", "sefaw_rtc.store"},
    "sefaw_rtc.attachments": {"signalling", "recordings", "sefaw_rtc.errors"},
    "sefaw_rtc.dicom": {"signalling", "recordings", "sefaw_rtc.errors", "sefaw_rtc.config", "sefaw_rtc.logs"},
    "sefaw_rtc.edge": {"signalling"},
    "sefaw_rtc.service": {
        "signalling",
        "recordings",
        "sefaw_rtc.access",
        "sefaw_rtc.attachments",
        "sefaw_rtc.config",
        "sefaw_rtc.consultation",
        "sefaw_rtc.dicom",
        "sefaw_rtc.errors",
        "sefaw_rtc.keyring",
        "sefaw_rtc.logs",
        "sefaw_rtc.media",
        "sefaw_rtc.objects",
        "sefaw_rtc.store",
    },
    "sefaw_rtc.operations": {
        "signalling",
        "recordings",
        "sefaw_rtc.access",
        "sefaw_rtc.config",
        "sefaw_rtc.errors",
        "sefaw_rtc.keyring",
        "sefaw_rtc.media",
        "sefaw_rtc.objects",
        "sefaw_rtc.store",
    },
    "sefaw_rtc.web": {"signalling", "recordings", "sefaw_rtc"},
    "sefaw_rtc.cli": {"signalling", "recordings", "sefaw_rtc"},
    "sefaw_rtc": {"signalling"},
}

# The sans-IO cores: the clock, the socket, the thread and chance are arguments.
SANS_IO = ("signalling", "sefaw_rtc.consultation", "recordings.objects.plan", "recordings.objects.outbox")
SHELL_MODULES = {"asyncio", "aiohttp", "socket", "threading", "random", "secrets", "time", "requests", "subprocess"}


def modules() -> Iterator[tuple[str, Path]]:
    for package in OURS:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


def imported(path: Path) -> set[str]:
    """Absolute names of everything a module imports, type-checking imports included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide arrows"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def home(module: str) -> str:
    return max((package for package in ARROWS if within(module, package)), key=len)


def test_every_module_is_found() -> None:
    assert len(list(modules())) > 10


@pytest.mark.parametrize(("module", "path"), list(modules()))
def test_a_module_imports_only_along_the_arrows(module: str, path: Path) -> None:
    package = home(module)
    ours = {name for name in imported(path) if name.split(".")[0] in OURS}
    allowed = ARROWS[package] | {package}
    forbidden = {name for name in ours if not any(within(name, other) for other in allowed)}
    assert not forbidden, f"{module} may not import {sorted(forbidden)}"


@pytest.mark.parametrize(("module", "path"), [m for m in modules() if any(within(m[0], core) for core in SANS_IO)])
def test_a_core_reads_no_clock_and_opens_no_socket(module: str, path: Path) -> None:
    shells = {name.split(".")[0] for name in imported(path)} & SHELL_MODULES
    assert not shells, f"{module} is sans-IO and may not import {sorted(shells)}"


def test_the_media_core_knows_no_socket_and_no_python() -> None:
    manifest = (ROOT / "media/core/Cargo.toml").read_text("utf-8")
    dependencies = manifest.split("[dependencies]")[1].split("[dev-dependencies]")[0]
    for outside in ("pyo3", "socket2", "mio", "tokio", "libc", "sefaw-io"):
        assert outside not in dependencies
