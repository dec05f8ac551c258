"""What a consultation leaves: `/api/consultations/{id}/folder` (what was shared, by whom, when) and `…/dicom-export` (a
ZIP of what was made in it, as DICOM)."""

import asyncio
import tempfile

from aiohttp import web

from sefaw_rtc.access import Action
from sefaw_rtc.service.blinding import as_told
from sefaw_rtc.service.finding import find
from sefaw_rtc.service.outputs import folder_of, write_zip
from sefaw_rtc.service.readings import dicom_export_access, read_access
from sefaw_rtc.web import bodies
from sefaw_rtc.web.callers import CALLER, SERVICES
from signalling.ids import ConsultationId

_IN_MEMORY = 1 << 23  # larger ones wait on the disk
_CHUNK = 1 << 18


async def folder(request: web.Request) -> web.Response:
    """For those who took part, and the institution's reviewers."""
    services, who = request.app[SERVICES], request[CALLER].signed_in()
    found = await find(services, ConsultationId(request.match_info["id"]))
    await read_access(services, who, found, Action.READ_FOLDER)
    told = await folder_of(services, found.consultation)
    return bodies.json(await as_told(services, who, found.consultation, told))


async def dicom_export(request: web.Request) -> web.StreamResponse:
    """The ZIP, made before its first byte is sent: what fails is an error, not half a file."""
    services, who = request.app[SERVICES], request[CALLER].signed_in()
    found = await find(services, ConsultationId(request.match_info["id"]))
    await dicom_export_access(services, who, found)
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as out:
        await write_zip(services, found.consultation, out)
        size = out.tell()
        out.seek(0)
        response = web.StreamResponse(
            headers={
                "Content-Type": "application/zip",
                "Content-Length": str(size),
                "Content-Disposition": f'attachment; filename="dicom-{found.consultation}.zip"',
                "Cache-Control": "no-store",
            }
        )
        await response.prepare(request)
        while chunk := await asyncio.to_thread(out.read, _CHUNK):
            await response.write(chunk)
        await response.write_eof()
        return response
