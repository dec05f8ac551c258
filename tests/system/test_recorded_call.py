"""A call of two Chromiums that is recorded: the consent, the dot that everybody sees, a pause, and what the sealed
files hold of it: each one's colour and tone, and nothing of the pause."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.async_api import Browser, Locator

from recordings import Keyring
from recordings.files import SealedFile
from recordings.journal import MediaJournal
from recordings.manifest import Manifest, Track
from recordings.seal import sealed_manifest
from signalling.ids import ConsultationId
from tests.processes import POLITE_S
from tests.recordings.skew import skews, tellers
from tests.system.clocked import CLOCKED, apart_ms, cut, missing, pictures, sound
from tests.system.conftest import BLUE, RED
from tests.system.person import Colour, Person, until
from tests.system.server import Server
from tests.system.test_call import connect

Arrive = Callable[..., Awaitable[Person]]
PAUSED_S = 3.0
SKEW_US = 20_000  # against the senders' own reports
CONTENT_MS = 100  # with what a sender's own camera and microphone take


def mark(person: Person, words: str) -> Locator:
    return person.button(words)


async def consent(doctor: Person) -> None:
    """Before a witness, for care and quality."""
    await mark(doctor, "Not recorded").click()
    dialog = doctor.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Start recording").click()
    await dialog.get_by_text("Record the consent first", exact=False).wait_for()
    await dialog.get_by_label("Before a witness").check()
    await dialog.get_by_label("Name of the witness").fill("护士 Sun")
    await doctor.page.screenshot(path="build/screenshots/consent-form.png")
    await dialog.get_by_role("button", name="Start recording").click()
    await dialog.wait_for(state="detached")


@pytest.fixture
async def arrive_clocked(browser: Browser) -> Arrive:
    """People whose picture and sound tell the time of one clock."""

    async def new(url: str, colour: Colour, tone: int) -> Person:
        context = await browser.new_context(locale="en-US", viewport={"width": 1366, "height": 768})
        person = await Person.arrive(context, url, colour, tone)
        await context.add_init_script(CLOCKED)
        await person.page.reload()
        return person

    return new


async def test_a_recorded_call_is_sealed_and_holds_what_was_seen_and_heard(
    server: Server, arrive_clocked: Arrive
) -> None:
    doctor, specialist = await connect(server, arrive_clocked)
    await consent(doctor)
    for person in (doctor, specialist):
        await mark(person, "Recording").wait_for()
    await specialist.sees_moving(60)
    await pause(specialist, doctor)
    await specialist.sees_moving(60)
    await specialist.page.keyboard.press("Escape")
    consultation, keyring = kept(server)
    folder = keyring.folder(consultation)

    async def both_told() -> bool:
        return tellers(MediaJournal(folder, consultation, keyring.open(consultation))) == 2

    await until("both to have told their times of sound and picture", both_told)
    await doctor.hang_up()
    await doctor.page.get_by_role("heading", name="The consultation has ended").wait_for()
    await doctor.page.get_by_text("Recorded; parts left out: 1").wait_for()

    async def sealed() -> Manifest | None:
        return sealed_manifest(folder)

    manifest: Manifest = await until("the seal", sealed, POLITE_S)
    pauses = [(gap.t_from / 1e6, gap.t_to / 1e6) for gap in manifest.gaps]
    assert len(pauses) == 1
    for who in (doctor, specialist):
        videos = [one for one in of_kind(manifest, "video") if shows(keyring, consultation, one, who.colour)]
        assert videos
        (voice,) = (one for one in of_kind(manifest, "audio") if sounds(keyring, consultation, one, who.tone))
        for picture in videos:
            is_whole(keyring, consultation, picture, voice, who.tone, pauses)
    apart = skews(folder, manifest, keyring.open(consultation))
    print("sound and picture apart, against the senders' reports, µs:", apart)
    assert len(apart) == 2
    assert max(apart) <= SKEW_US
    await replays(doctor, consultation)
    assert [error for person in (doctor, specialist) for error in person.errors] == []
    assert server.refusals() == []
    program = str(Path(sys.executable).parent / "sefaw-rtc")
    verify = await asyncio.create_subprocess_exec(program, "recordings", "verify", "--data", str(server.data / "data"))
    async with asyncio.timeout(60):
        assert await verify.wait() == 0


async def pause(specialist: Person, doctor: Person) -> None:
    """For something private, and go on; both see it."""
    await mark(specialist, "Recording").click()
    dialog = specialist.page.get_by_role("dialog")
    await dialog.get_by_text("护士 Sun", exact=False).wait_for()
    await specialist.page.screenshot(path="build/screenshots/recording-dialog.png")
    await dialog.get_by_role("button", name="Something private").click()
    await mark(doctor, "Recording paused").wait_for()
    await asyncio.sleep(PAUSED_S)  # what is not to be in the record
    await dialog.get_by_role("button", name="Go on recording").click()
    await dialog.get_by_text("Something private", exact=False).first.wait_for()
    await mark(doctor, "Recording").wait_for()


async def replays(doctor: Person, consultation: ConsultationId) -> None:
    """The browser itself plays the sealed files and seeks in them: each one's colour, at the time that was asked."""
    seconds = [1.5, 0.2, 1.0]
    script = (Path(__file__).parent / "replayed.js").read_text("utf-8")
    seen = await doctor.page.evaluate(script, [consultation, "care", seconds])
    assert "error" not in seen, seen
    print("replayed", seen)
    found = {}
    for track in seen["tracks"]:
        assert track["duration"] > 3
        for at in track["at"]:
            assert abs(at["time"] - at["second"]) < 0.01
            found.setdefault(track["role"], []).append(at["colour"])
    shown = {"village_doctor": RED, "specialist": BLUE}
    assert set(found) == set(shown)
    for role, colour in shown.items():
        for got in found[role]:
            assert all(abs(a - b) < 50 for a, b in zip(got, colour, strict=True)), (role, got)


def kept(server: Server) -> tuple[ConsultationId, Keyring]:
    """The consultation that has media, and the keys."""
    (folder,) = {path.parent for path in (server.data / "data/archive").rglob("media-*.seg")}
    return ConsultationId(folder.name), server.keyring


def of_kind(manifest: Manifest, kind: str) -> list[Track]:
    return [track for track in manifest.tracks if track.kind == kind]


def opened(keyring: Keyring, consultation: ConsultationId, track: Track) -> av.container.InputContainer:
    path = keyring.folder(consultation) / track.file
    return av.open(SealedFile(path, consultation, track.file, keyring.open(consultation)), "r")


def is_whole(
    keyring: Keyring,
    consultation: ConsultationId,
    picture: Track,
    voice: Track,
    tone: int,
    pauses: list[tuple[float, float]],
) -> None:
    """Nothing but the pauses is missing of picture and sound, and what is said then is seen then."""
    with opened(keyring, consultation, picture) as film, opened(keyring, consultation, voice) as speech:
        seen, heard = pictures(film, picture.t0 / 1e6), sound(speech, voice.t0 / 1e6)
    assert missing(seen, heard, tone, pauses) == []
    for closed in (False, True):
        film_cut, speech_cut = cut(seen, heard, float(seen.at[0]) + 1, closed=closed)
        assert missing(film_cut, heard, tone, pauses), "a second less of the picture would be found"
        assert missing(seen, speech_cut, tone, pauses), "a second less of the sound would be found"
    apart = apart_ms(seen, heard)
    print(f"picture behind the sound of the sender's same moment, ms: median {np.median(apart):.1f}, "
          f"{min(apart):.1f} to {max(apart):.1f}, n {len(apart)}; {len(seen.at)} pictures")  # fmt: skip
    assert abs(np.median(apart)) <= CONTENT_MS


def shows(keyring: Keyring, consultation: ConsultationId, track: Track, colour: Colour) -> bool:
    """Its frames are of this colour, rise in time, and leave out the pause."""
    with opened(keyring, consultation, track) as container:
        frames = list(container.decode(video=0))
    times = [frame.time for frame in frames]
    mean = np.median([frame.to_ndarray(format="rgb24").mean(axis=(0, 1)) for frame in frames[::10]], axis=0)
    if not all(abs(a - b) < 50 for a, b in zip(mean, colour, strict=True)):
        return False
    assert len(frames) >= 100
    assert times == sorted(times)
    assert max(np.diff(times)) >= PAUSED_S - 0.5, "the gap stays a gap"
    return True


def sounds(keyring: Keyring, consultation: ConsultationId, track: Track, tone: int) -> bool:
    """Its loudest frequency."""
    with opened(keyring, consultation, track) as container:
        heard = np.concatenate([frame.to_ndarray().mean(axis=0) for frame in container.decode(audio=0)])
    rate = 48_000
    window = heard[rate : 2 * rate] * np.hanning(rate)
    return abs(int(np.argmax(np.abs(np.fft.rfft(window)))) - tone) <= 5
