"""Pictures between two real pages: brought in by dropping, seen on both sides, led; papers; whose they are."""

from pathlib import Path
from zipfile import ZipFile

from playwright.async_api import Locator

from tests.system import dicom_files
from tests.system.dropping import drop
from tests.system.person import Person
from tests.system.server import Server
from tests.system.test_call import Arrive, connect

SHOWN = ".pane[data-showing=shown], .pane[data-showing=cpu_only]"


def series(person: Person, words: str) -> Locator:
    """The button of a series in the list."""
    return person.page.get_by_role("button", name=words)


async def open_pictures(*people: Person) -> None:
    for person in people:
        await person.page.get_by_role("tab", name="Pictures", exact=True).click()


async def test_a_folder_is_dropped_and_both_look(server: Server, arrive: Arrive, tmp_path: Path) -> None:
    doctor, specialist = await connect(server, arrive)
    await drop(doctor.page, dicom_files.ct_series(tmp_path))
    await open_pictures(specialist)
    for person in (doctor, specialist):
        await series(person, "Open CT Portal, 8 pictures").wait_for()
        await person.page.locator(".thumbnail img").wait_for()
        assert await person.page.locator(".study-patient").inner_text() == "Tenzin Dolma\nNo. QS-0005"
    await series(doctor, "Open CT Portal").click()
    await specialist.page.locator(SHOWN).wait_for()
    await specialist.page.reload()  # comes late: what is on the stage comes first, by itself
    await specialist.page.locator(SHOWN).wait_for()
    here, there = [await person.page.locator(SHOWN).get_attribute("data-instance") for person in (doctor, specialist)]
    assert here == there
    assert doctor.errors + specialist.errors == []


async def calipers_by_keyboard(person: Person) -> None:
    """20 mm at 25 mm/s are 800 ms; ten steps of half a millimetre to the right are 200 ms more."""
    reading = person.page.locator(".ecg-reading")
    await reading.get_by_text("800 ms").wait_for()
    await person.page.get_by_role("slider", name="Caliper, second end").focus()
    for _ in range(10):
        await person.page.keyboard.press("ArrowRight")
    await reading.get_by_text("1000 ms").wait_for()
    assert await reading.inner_text() == "1000 ms · 1.00 mV\n60 beats a minute"


async def test_the_lead_goes_to_and_fro(server: Server, arrive: Arrive, tmp_path: Path) -> None:
    """Asked for, granted, used, taken back, with the keyboard alone."""
    doctor, specialist = await connect(server, arrive)
    await drop(doctor.page, dicom_files.ct_series(tmp_path))
    await open_pictures(specialist)
    await press(specialist, "Ask to lead")
    await press(doctor, "Let lead")
    await specialist.page.locator(".lead-who.mine").wait_for()
    await press(specialist, "Open CT Portal, 8 pictures")
    await doctor.page.locator(SHOWN).wait_for()
    await press(doctor, "Take back the lead")
    await specialist.page.locator(".lead-who", has_text="Li Mei leads").wait_for()
    await doctor.page.locator(".lead-who.mine").wait_for()
    assert await doctor.page.locator(SHOWN).count() == 1


async def press(person: Person, name: str) -> None:
    """With Enter, on what has the focus."""
    await person.button(name).focus()
    await person.page.keyboard.press("Enter")


async def test_a_zip_and_what_is_not_taken(server: Server, arrive: Arrive, tmp_path: Path) -> None:
    doctor, specialist = await connect(server, arrive)
    folder = dicom_files.ct_series(tmp_path, slices=3)
    whole = (folder / "IM0001").read_bytes()
    with ZipFile(tmp_path / "study.zip", "w") as packed:
        packed.writestr("CT/IM0001", whole)
        packed.writestr("CT/half", (folder / "IM0002").read_bytes()[:-1000])
        packed.writestr("readme.txt", "no picture")
    await drop(doctor.page, tmp_path / "study.zip")
    await series(doctor, "Open CT Portal, 1 picture").wait_for()
    await doctor.page.locator(".refused summary").click()
    said = await doctor.page.locator(".refused dl").inner_text()
    assert said.strip() == "The file ends too early: it was not copied whole. Export it again at the machine.\nCT/half"
    await drop(doctor.page, folder)  # again, and more: what is there already is no error
    await open_pictures(specialist)
    await series(specialist, "Open CT Portal, 3 pictures").wait_for()


async def test_another_patient_is_a_question(server: Server, arrive: Arrive, tmp_path: Path) -> None:
    doctor, specialist = await connect(server, arrive)
    await drop(doctor.page, dicom_files.other_patient(tmp_path))
    question = doctor.page.get_by_role("alertdialog")
    await question.wait_for()
    await open_pictures(specialist)
    await specialist.page.get_by_text("not shown before somebody has answered").wait_for()
    assert await specialist.page.locator(".series").count() == 0
    await doctor.page.keyboard.press("Escape")
    assert await question.is_visible()
    await doctor.button("Same patient, show them").click()
    await series(specialist, "Open MR").wait_for()


async def test_papers(server: Server, arrive: Arrive, tmp_path: Path) -> None:
    doctor, specialist = await connect(server, arrive)
    await open_pictures(doctor, specialist)
    files = [dicom_files.ecg(tmp_path), dicom_files.report(tmp_path), dicom_files.document(tmp_path)]
    await doctor.page.locator("input[data-bring=files]").set_input_files(files)
    await series(doctor, "Open ECG").click()
    paper = specialist.page.get_by_role("img", name="ECG on paper: 12 leads, 10 s")
    await paper.wait_for()
    await doctor.page.locator(".audience .shown").wait_for()
    await calipers_by_keyboard(specialist)
    await series(doctor, "Open SR").click()
    await specialist.page.locator(".report li").first.wait_for()
    await series(doctor, "Open DOC").click()
    await specialist.page.get_by_role("link", name="Save").wait_for()
    assert doctor.errors + specialist.errors == []
