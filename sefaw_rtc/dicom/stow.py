"""What became of what somebody brought, and the STOW-RS answer that says so (PS3.18 10.5, I.2)."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sefaw_rtc.dicom.folder import Kept
from sefaw_rtc.dicom.metadata import Json
from signalling.vocabulary import PictureFault

MEDIA_TYPE: Final = "application/dicom+json"

_OUT_OF_RESOURCES: Final = 0xA700
_NOT_THE_STUDY: Final = 0xA900
_NOT_UNDERSTOOD: Final = 0xC000
_REASONS: Final[Mapping[PictureFault, int]] = MappingProxyType(
    {
        PictureFault.STORAGE_FULL: _OUT_OF_RESOURCES,
        PictureFault.TOO_LARGE: _OUT_OF_RESOURCES,
        PictureFault.TOO_MANY: _OUT_OF_RESOURCES,
        PictureFault.BOMB: _OUT_OF_RESOURCES,
        PictureFault.CONFLICT: 0x0111,  # duplicate SOP instance (PS3.7 C.5.6)
        PictureFault.UNSUPPORTED: 0xC122,  # transfer syntax not supported
    }
)
# Our own word beside the standard's number, and the ZIP entry it is about: a private block (PS3.5 7.8).
_CREATOR: Final = "SEFAW RTC"
_MOST_NAME: Final = 200


class Taken(NamedTuple):
    """One file that was brought: kept, or why not (`fault`), or passed over as no picture (`skipped`). `about`: its
    SOP class and instance, where they are known; `name` is the ZIP's entry or the part's number."""

    name: str
    kept: Kept | None = None
    fault: PictureFault | None = None
    about: tuple[str, str] | None = None
    skipped: bool = False
    wrong_study: bool = False


def reason(taken: Taken) -> int:
    """The standard's number (PS3.18 table 10.5.3-2, PS3.4 table B.2-1)."""
    if taken.wrong_study:
        return _NOT_THE_STUDY
    return _NOT_UNDERSTOOD if taken.fault is None else _REASONS.get(taken.fault, _NOT_UNDERSTOOD)


def status(results: Sequence[Taken]) -> HTTPStatus:
    """200 = all are kept, 202 = some, 409 = none."""
    failed = any(one.fault for one in results)
    if not any(one.kept for one in results):
        return HTTPStatus.CONFLICT
    return HTTPStatus.ACCEPTED if failed else HTTPStatus.OK


def answer(results: Iterable[Taken], base: str) -> Json:
    """The response dataset. `base`: the path of this DICOMweb service, for the retrieve URLs."""
    kept: list[Json] = []
    failed: list[Json] = []
    others: list[Json] = []
    studies: set[str] = set()
    skipped = 0
    for one in results:
        if one.kept is not None:
            studies.add(one.kept.ref.study)
            kept.append(_kept(one.kept, base))
        elif one.skipped:
            skipped += 1
        elif one.about is not None:
            failed.append(_sop(*one.about) | _failure(one))
        else:
            others.append(_failure(one))
    made: Json = {"00090010": _value("LO", _CREATOR), "00091003": _value("UL", skipped)}
    if len(studies) == 1:
        made["00081190"] = _value("UR", f"{base}/studies/{studies.pop()}")
    for tag, items in (("00081199", kept), ("00081198", failed), ("0008119A", others)):
        if items:
            made[tag] = {"vr": "SQ", "Value": items}
    return made


def _kept(kept: Kept, base: str) -> Json:
    ref = kept.ref
    url = f"{base}/studies/{ref.study}/series/{ref.series}/instances/{ref.instance}"
    return _sop(kept.sop_class, ref.instance) | {"00081190": _value("UR", url)}


def _sop(sop_class: str, instance: str) -> Json:
    return {"00081150": _value("UI", sop_class), "00081155": _value("UI", instance)}


def _failure(one: Taken) -> Json:
    word = one.fault.value if one.fault is not None else ""
    return {
        "00081197": _value("US", reason(one)),
        "00090010": _value("LO", _CREATOR),
        "00091001": _value("LO", word),
        "00091002": _value("UT", one.name[-_MOST_NAME:]),
    }


def _value(vr: str, value: Any) -> dict[str, Any]:
    return {"vr": vr, "Value": [value]}
