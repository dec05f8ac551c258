"""A real PACS: Orthanc with its DICOMweb plugin, and dcmtk's storescp, each a process of its own on free ports."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ports import free_port, free_ports

START_S = 30.0


@dataclass(frozen=True)
class Orthanc:
    """`web` is the DICOMweb root, `rest` Orthanc's own interface, `dicom` the port and `title` the AE title."""

    rest: str
    web: str
    dicom: int
    title: str = "ORTHANC"


@dataclass(frozen=True)
class StoreScp:
    """dcmtk's: what it takes lies in `folder`."""

    port: int
    folder: Path
    title: str = "STORESCP"


def program(name: str) -> str:
    """`make system-packages` installs them; a missing one fails."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is missing: run `make system-packages`")
    return found


@contextmanager
def orthanc(folder: Path, ports: tuple[int, int] | None = None) -> Iterator[Orthanc]:
    """Until the end of the block. Fresh in a fresh folder; with its former `ports` (HTTP, DICOM) the same again."""
    http, dicom = ports or free_ports(2)
    config = {
        "Name": "test",
        "StorageDirectory": str(folder / "db"),
        "IndexDirectory": str(folder / "db"),
        "HttpPort": http,
        "DicomPort": dicom,
        "DicomAet": "ORTHANC",
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomAlwaysAllowStore": True,
        "Plugins": ["/usr/share/orthanc/plugins/libOrthancDicomWeb.so"],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "orthanc.json"
    path.write_text(json.dumps(config))
    base = f"http://127.0.0.1:{http}"
    with _running([program("Orthanc"), str(path)], folder / "orthanc.log", http):
        yield Orthanc(base, f"{base}/dicom-web", dicom)


@contextmanager
def storescp(folder: Path) -> Iterator[StoreScp]:
    """One that takes every transfer syntax it knows."""
    port, kept = free_port(), folder / "storescp"
    kept.mkdir(parents=True)
    command = [program("storescp"), "--accept-all", "--output-directory", str(kept), "-aet", "STORESCP", str(port)]
    with _running(command, folder / "storescp.log", port):
        yield StoreScp(port, kept)


@contextmanager
def _running(command: list[str], log: Path, port: int) -> Iterator[None]:
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        _wait(process, port, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"{process.args} did not start:\n{log.read_text(errors='replace')[-2000:]}")
