"""Pictures between two real pages: brought in by dropping, seen on both sides, led; papers; whose they are."""

from pathlib import Path

from playwright.async_api import Locator

from tests.system import dicom_files
from tests.system.dropping import drop
from tests.system.person import Person
from tests.system.server import Server
from tests.system.test_call import Arrive, connect


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
    await specialist.page.locator(".pictures-stage .viewport-caption").wait_for()
    assert doctor.errors + specialist.errors == []


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
    await series(doctor, "Open SR").click()
    await specialist.page.locator(".report li").first.wait_for()
    await series(doctor, "Open DOC").click()
    await specialist.page.get_by_role("link", name="Save").wait_for()
    assert doctor.errors + specialist.errors == []
