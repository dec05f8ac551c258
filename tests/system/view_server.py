"""A page of the viewer's own modules, and a few pictures behind a DICOMweb root: what View ↔ renderer needs, no more.
The pictures are made here, so that their geometry can be anything; the headers are the server's own."""

import json
import os
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy.typing as npt
from aiohttp import web

from sefaw_rtc.web.security import apply_headers

ROOT = Path(__file__).resolve().parents[2]
STUDY, SERIES = "1.2.3", "1.2.3.4"
BOUNDARY = "part"


@dataclass
class Made:
    """One picture: values (rows, columns) or (rows, columns, 3), and attributes beside the usual ones."""

    values: npt.NDArray[Any]
    more: dict[str, list[Any]] = field(default_factory=dict)
    photometric: str = "MONOCHROME2"
    syntax: str = "1.2.840.10008.1.2.1"

    @property
    def body(self) -> bytes:
        """The frame as it is sent."""
        return self.values.tobytes()

    def metadata(self, uid: str) -> dict[str, Any]:
        """Its dataset in the DICOM JSON model."""
        colour = self.values.ndim == 3
        bits = self.values.dtype.itemsize * 8
        plain: dict[str, list[Any]] = {
            "00080018": [uid],
            "0020000D": [STUDY],
            "0020000E": [SERIES],
            "00280002": [3 if colour else 1],
            "00280004": ["RGB" if colour else self.photometric],
            "00280006": [0],
            "00280010": [self.values.shape[0]],
            "00280011": [self.values.shape[1]],
            "00280100": [bits],
            "00280101": [bits],
            "00280102": [bits - 1],
            "00280103": [1 if self.values.dtype.kind == "i" else 0],
        }
        return {tag: {"vr": "UN", "Value": value} for tag, value in (plain | self.more).items()}


@dataclass
class Served:
    """One frame as the server sends it, with the metadata that it sends."""

    dataset: Mapping[str, Any]
    body: bytes
    syntax: str

    def metadata(self, uid: str) -> dict[str, Any]:
        """Its own, under the UIDs of this server; one frame."""
        ours = {"00080018": uid, "0020000D": STUDY, "0020000E": SERIES}
        renamed = {tag: {"vr": "UI", "Value": [value]} for tag, value in ours.items()}
        return {**self.dataset, **renamed, "00280008": {"vr": "IS", "Value": [1]}}


def build_page(out: Path) -> None:
    """Builds `view_page/` as the viewer is built. Raises if it cannot be."""
    vite = ROOT / "viewer/node_modules/.bin/vite"
    command = [str(vite), "build", "--logLevel", "error", str(ROOT / "tests/system/view_page")]
    subprocess.run(command, env=os.environ | {"OUT": str(out)}, check=True, timeout=120)


@asynccontextmanager
async def serve(page: Path, pictures: Sequence[Made | Served]) -> AsyncIterator[str]:
    """The address of the page; its pictures are `picture(n)` under `/web`."""
    app = web.Application()
    instances = f"/web/studies/{STUDY}/series/{SERIES}/instances"

    async def metadata(request: web.Request) -> web.Response:
        uid = request.match_info["uid"]
        body = json.dumps([pictures[number_of(uid)].metadata(uid)])
        return web.Response(body=body, content_type="application/dicom+json")

    async def whole(_: web.Request) -> web.Response:
        every = [one.metadata(str(picture(number)["instance"])) for number, one in enumerate(pictures)]
        return web.Response(body=json.dumps(every), content_type="application/dicom+json")

    async def frame(request: web.Request) -> web.Response:
        one = pictures[number_of(request.match_info["uid"])]
        head = f"Content-Type: application/octet-stream; transfer-syntax={one.syntax}"
        body = f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + one.body + f"\r\n--{BOUNDARY}--\r\n".encode()
        kind = f'multipart/related; type="application/octet-stream"; boundary={BOUNDARY}'
        return web.Response(body=body, headers={"Content-Type": kind})

    async def headers(request: web.Request, response: web.StreamResponse) -> None:
        apply_headers(request, response, secure=False, hsts=False)

    async def index(_: web.Request) -> web.FileResponse:
        return web.FileResponse(page / "index.html")

    app.router.add_get("/", index)
    app.router.add_get(f"{instances}/{{uid}}/metadata", metadata)
    app.router.add_get(f"{instances}/{{uid}}/frames/1", frame)
    app.router.add_get(f"/web/studies/{STUDY}/series/{SERIES}/metadata", whole)
    app.router.add_static("/assets", page / "assets")
    app.on_response_prepare.append(headers)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def picture(number: int) -> dict[str, Any]:
    """What the wire calls a Picture."""
    return {"study": STUDY, "series": SERIES, "instance": f"1.2.3.4.{number + 1}", "frame": 1}


def number_of(uid: str) -> int:
    """The way back."""
    return int(uid.rsplit(".", 1)[1]) - 1
