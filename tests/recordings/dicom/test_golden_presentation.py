"""Presentation states as the page reads them back (viewer/src/dicom/presentation.test.ts): golden, so that what one
writes and the other reads cannot drift apart. Anew after a change: REWRITE=1."""

import json
import os
from pathlib import Path
from typing import Any

import msgspec
from pydicom import Dataset

from recordings.dicom import export
from signalling.looking import Area, Picture, Voi
from signalling.looking_state import Looking, ViewportState
from signalling.vocabulary import LengthUnit, Shape, VoiFunction
from tests.recordings.dicom.consultations import AREA, AT, CINE, CT, OCCASION, VOI, looked, mark, picture, shared

GOLDEN = Path(__file__).parents[2] / "golden/presentation.json"
PIXELS = Area(
    centre_x=51_000_000, centre_y=48_000_000, width=20_000_000, height=10_000_000, unit=LengthUnit.PX, rotation=27_000
)
BOTH = msgspec.structs.replace(AREA, rotation=18_000, flip_vertical=True)
SHARP = Voi(centre=-600_000, width=1_500_500, function=VoiFunction.SIGMOID)
CASES: list[tuple[Dataset, Picture, ViewportState]] = [
    (CT, picture(CT), ViewportState(area=AREA, voi=VOI)),
    (CT, picture(CT), ViewportState(area=BOTH, voi=SHARP)),
    (CINE, picture(CINE, 7), ViewportState(area=PIXELS)),
]


def case(image: Dataset, on: Picture, view: ViewportState) -> dict[str, Any]:
    shown = msgspec.structs.replace(view, image=on)
    marks = [mark(shape, on) for shape in Shape]
    state = looked(Looking(studies=[shared(image)], viewports=[shown], marks=marks))
    made = export(OCCASION, state, {on: image}, AT).datasets[0]
    bare = Dataset()
    bare.update({element.tag: element for element in image if element.tag.group in {0x0008, 0x0020, 0x0028}})
    without = {tag: one for tag, one in made.to_json_dict().items() if tag not in {"00282000", "0018A001"}}
    return {
        "view": msgspec.to_builtins(shown),
        "marks": msgspec.to_builtins([one.mark for one in marks]),
        "image": bare.to_json_dict(),
        "presentation": without,
    }


def test_the_golden_states_are_what_is_written_today() -> None:
    made = json.loads(json.dumps([case(*one) for one in CASES]))
    if os.environ.get("REWRITE"):
        GOLDEN.write_text(json.dumps(made, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")
    assert json.loads(GOLDEN.read_text("utf-8")) == made
