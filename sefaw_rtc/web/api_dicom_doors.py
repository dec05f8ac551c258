"""The DICOMweb doors below a service's root, each with what answers it."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from aiohttp import web

from sefaw_rtc.web import api_dicom, api_dicom_pixels

_STUDY: Final = "/studies/{study}"
_SERIES: Final = _STUDY + "/series/{series}"
_INSTANCE: Final = _SERIES + "/instances/{instance}"

GET: Final[Mapping[str, Callable[[web.Request], Awaitable[web.StreamResponse]]]] = MappingProxyType(
    {
        "/studies": api_dicom.studies,
        _STUDY: api_dicom_pixels.retrieve,
        _STUDY + "/metadata": api_dicom.metadata,
        _STUDY + "/series": api_dicom.series,
        _STUDY + "/instances": api_dicom.instances,
        _SERIES: api_dicom_pixels.retrieve,
        _SERIES + "/metadata": api_dicom.metadata,
        _SERIES + "/instances": api_dicom.instances,
        _INSTANCE: api_dicom_pixels.retrieve,
        _INSTANCE + "/metadata": api_dicom.metadata,
        _INSTANCE + "/served": api_dicom.served,
        _INSTANCE + "/rendered": api_dicom_pixels.rendered,
        _INSTANCE + "/bulkdata/{path}": api_dicom_pixels.bulk,
        _INSTANCE + "/frames/{frames}": api_dicom_pixels.frames,
        _INSTANCE + "/frames/{frames}/rendered": api_dicom_pixels.rendered,
        _INSTANCE + "/frames/{frames}/thumbnail": api_dicom_pixels.thumbnail,
    }
)
