"""How soon is there something to see on a weak line? A specialist behind 1 Mbit/s and 100 ms there and back sees what
the village doctor opens: the first picture, that picture by its own values, the first one to scroll to; and beside it
the same study fetched whole. Our own pages in two Chromiums; the viewer itself is loaded before."""

import re
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
from pydicom import Dataset, dcmread, examples
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

from loadtest import pages
from loadtest.impair import impaired
from loadtest.results import Machine, this_machine
from loadtest.sections import Row, Table, middle
from loadtest.server import ServerError, demo_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

ONE_WAY_MS: Final = 50
KBIT_S: Final = 1000
SLICES: Final = 12
CT: Final = f"CT, 512², 16 bits, noisy, {SLICES} slices"
CINE: Final = "ultrasound, colour, 300 frames"
SETTLED_MS: Final = 5_000  # the list and its thumbnails are through
FRAMES: Final = 300
ROUNDS: Final = 5
SIGMA: Final = 15.0  # of the noise that every slice gets: a phantom's alone would shrink too well
PATIENT: Final = ("Dolma^Tenzin", "QS-0005", "19900101", "F")  # whom the demo's form offers first
PATIENCE_MS: Final = 60_000
TARGET_S: Final = 1.5
_SCRIPT: Final = Path(__file__).with_name("first_picture.js")
_WHOLE: Final = """async (study) => {
  const [{ consultation }] = await (await fetch('/api/consultations')).json()
  const begun = Date.now()
  const address = `/api/consultations/${consultation}/dicom-web/studies/${study}`
  const answer = await fetch(address, { headers: { Accept: 'multipart/related; type="application/dicom"' } })
  const bytes = (await answer.arrayBuffer()).byteLength
  return [answer.status, bytes, (Date.now() - begun) / 1000]
}"""


class Sight(msgspec.Struct, frozen=True):
    """Seconds since it was opened on the other side: until anything of it is seen (`first`), by its own values
    (`own`), until the next picture is there too (`scrollable`). `whole`: for `bytes` of the study as files."""

    what: str
    first: float
    own: float
    scrollable: float
    whole: float
    bytes: int


class FirstPictures(msgspec.Struct, frozen=True):
    at: str
    machine: Machine
    browser: str
    sights: list[Sight]


class Made(msgspec.Struct, frozen=True):
    """A study on the disk. `button`: how the one that opens it begins."""

    what: str
    study: str
    files: list[Path]
    button: str


def measure(at: str, *, brief: bool) -> FirstPictures:
    with demo_server(1) as ready, pages.chromium() as browser, TemporaryDirectory(prefix="sefaw-first-") as folder:
        line = ("--delay", str(ONE_WAY_MS), "--rate", str(KBIT_S), "--queue", "20000")
        other = browser.browser_type.launch(executable_path=pages.CHROMIUM, args=pages.FLAGS.split())
        with impaired(ready.http.split("://")[1], *line) as web:
            near = pages.Doctor(_context(browser), ready.http)
            far = pages.Doctor(_context(other), f"http://{web.address}")
            far.page.set_default_timeout(PATIENCE_MS)
            _call(near, far)
            _open(near, far, _ct(Path(folder), "Warm"))  # the viewer and its decoders are loaded
            sights = []
            for n in range(1 if brief else ROUNDS):
                sights.append(_sight(near, far, _ct(Path(folder), f"Ct{n}")))
                sights.append(_sight(near, far, _cine(Path(folder), f"Us{n}")))
        version = browser.version
        other.close()
    return FirstPictures(at, this_machine(), version, sights)


def _context(browser: "Browser") -> "BrowserContext":
    made = pages.context(browser)
    made.add_init_script(_SCRIPT.read_text("utf-8"))
    return made


def _call(near: pages.Doctor, far: pages.Doctor) -> None:
    far.sign_in("specialist", "demo-specialist")
    far.sees_text("on_call.on_title")
    near.sign_in("village", "demo-village")
    near.press("lobby.call")
    far.press("incoming.answer")
    near.page.get_by_role("tab", name="Pictures").click()


def _open(near: pages.Doctor, far: pages.Doctor, made: Made) -> float:
    """Opened by the near one, until all of it is at the far one. Unix s of the press."""
    near.page.locator("input[data-bring=files]").set_input_files(made.files)
    button = near.page.get_by_role("button", name=re.compile("^" + re.escape(made.button)))
    button.wait_for(timeout=PATIENCE_MS)
    far.page.wait_for_timeout(SETTLED_MS)
    begun = time.time()
    button.click()
    far.page.wait_for_function(
        "(since) => window.__pictures.some(([at, , plain, behind, count]) => at > since && !plain && !behind && count)",
        arg=begun * 1000,
        timeout=PATIENCE_MS,
    )
    return begun


def _sight(near: pages.Doctor, far: pages.Doctor, made: Made) -> Sight:
    begun = _open(near, far, made)
    seen = [one for one in far.ask("() => window.__pictures") if one[0] > begun * 1000]
    before = seen[0][1] if seen else ""
    opened = [one for one in seen if one[1] != before] or seen
    own = [one for one in opened if not one[2]]
    next_to_it = [one for one in own if one[4] and one[3] <= max(0, one[4] - 2)]
    if not next_to_it:
        raise ServerError("the pictures did not come")
    status, size, whole = far.ask(_WHOLE, made.study)
    if status != 200:
        raise ServerError(f"the whole study: HTTP {status}")
    first, exact, scrollable = (one[0][0] / 1000 - begun for one in (opened, own, next_to_it))
    return Sight(made.what, first, exact, scrollable, whole, size)


# ---- what is opened -------------------------------------------------------------------------------------------------


def _ct(folder: Path, name: str) -> Made:
    """Slices of 512², 16 bits, uncompressed: pydicom's own one, with noise."""
    source = dcmread(str(get_testdata_file("J2K_pixelrep_mismatch.dcm")))
    values, chance = source.pixel_array, np.random.default_rng(1)
    study, series = generate_uid(), generate_uid()
    files = []
    for number in range(1, SLICES + 1):
        noisy = np.clip(np.roll(values, number, axis=0) + chance.normal(0, SIGMA, values.shape), -2048, 4095)
        made = _named(source, study, series, number, name)
        made.BitsStored, made.HighBit = 16, 15
        made.PixelData = noisy.astype("<i2").tobytes()
        made["PixelData"].VR = "OW"
        files.append(_written(made, folder / f"{name}-{number}.dcm", ExplicitVRLittleEndian))
    return Made(CT, study, files, f"Open CT {name}")


def _cine(folder: Path, name: str) -> Made:
    """Colour ultrasound, JPEG as the machine made it."""
    source = examples.ybr_color
    coded = list(generate_frames(source.PixelData, number_of_frames=source.NumberOfFrames))
    made = _named(source, generate_uid(), generate_uid(), 1, name)
    made.NumberOfFrames = FRAMES
    made.PixelData = encapsulate([coded[n % len(coded)] for n in range(FRAMES)])
    file = _written(made, folder / f"{name}.dcm", str(source.file_meta.TransferSyntaxUID))
    return Made(CINE, str(made.StudyInstanceUID), [file], f"Open US {name}")


def _named(source: Dataset, study: str, series: str, number: int, name: str) -> Dataset:
    made: Any = Dataset(source)
    made.StudyInstanceUID, made.SeriesInstanceUID, made.SOPInstanceUID = UID(study), UID(series), generate_uid()
    made.InstanceNumber, made.SeriesDescription = number, name
    made.PatientName, made.PatientID, made.PatientBirthDate, made.PatientSex = PATIENT
    return made


def _written(made: Dataset, path: Path, syntax: str) -> Path:
    made.ensure_file_meta()
    made.file_meta.TransferSyntaxUID = syntax
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    made.save_as(path, enforce_file_format=True)
    return path


# ---- what is said of it ---------------------------------------------------------------------------------------------


def tables(result: FirstPictures) -> list[Table]:
    rows: list[Row] = [["opened", "first picture", "by its own values", "next one too", "the study fetched whole"]]
    for what in (CT, CINE):
        of = [one for one in result.sights if one.what == what]
        figures = [
            middle([getattr(one, part) for one in of], "s", 2) for part in ("first", "own", "scrollable", "whole")
        ]
        rows.append([what, *figures[:3], f"{figures[3]} ({of[0].bytes / 1e6:.1f} MB)"])
    says = (
        f"From the press on one side to the picture on the other, behind {KBIT_S / 1000:g} Mbit/s and "
        f"{2 * ONE_WAY_MS} ms there and back; medians of {len(result.sights) // 2}; "
        f"target: first picture of the CT ≤ {TARGET_S} s. "
        f"Chromium {result.browser}, {result.machine.title}, {result.at}."
    )
    return [Table(says, rows)]


def missed(result: FirstPictures) -> list[str]:
    """The targets that were not reached, in words."""
    slow = [one.first for one in result.sights if one.what == CT and one.first > TARGET_S]
    return [f"first picture: {len(slow)} of the CT's above {TARGET_S} s, the slowest {max(slow):.2f} s"] if slow else []
