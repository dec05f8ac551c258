"""The modality and VOI transformations of one frame where highdicom looks for them. It takes those of a multi-frame
image from functional groups alone, and of these all frames'; older images have them at the top level, enhanced ones by
frame."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pydicom import Dataset

# Functional group (PS3.3 C.7.6.16.2.9, .10) → what must be there, and what may be.
_GROUPS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = MappingProxyType(
    {
        "PixelValueTransformationSequence": (("RescaleIntercept", "RescaleSlope"), ("RescaleType",)),
        "FrameVOILUTSequence": (
            ("WindowCenter", "WindowWidth"),
            ("WindowCenterWidthExplanation", "VOILUTFunction"),
        ),
    }
)


def settle(image: Dataset, frame: int | None) -> None:
    """Put them there, in a copy that is only written from. `frame` None: it has but one."""
    found = {name: group for name in _GROUPS if (group := _group(image, frame or 1, name)) is not None}
    if "PixelValueTransformationSequence" in found and "RescaleType" not in found["PixelValueTransformationSequence"]:
        found["PixelValueTransformationSequence"].RescaleType = "US"  # not specified (C.11.1.1.2)
    if frame is None:
        for group in found.values():
            image.update(group)
        return
    shared = Dataset()
    for name, group in found.items():
        setattr(shared, name, [group])
    image.SharedFunctionalGroupsSequence = [shared]
    image.PerFrameFunctionalGroupsSequence = []


def _group(image: Dataset, frame: int, name: str) -> Dataset | None:
    """The frame's own, else that of all frames, else the image's."""
    frames = image.get("PerFrameFunctionalGroupsSequence") or []
    shared = image.get("SharedFunctionalGroupsSequence") or []
    for groups in (*frames[frame - 1 : frame], *shared[:1]):
        items = groups.get(name) or []
        if items:
            return Dataset(items[0])
    needed, besides = _GROUPS[name]
    if any(image.get(keyword) is None for keyword in needed):
        return None
    group = Dataset()
    for keyword in (*needed, *besides):
        if image.get(keyword) is not None:
            setattr(group, keyword, image.get(keyword))
    return group
