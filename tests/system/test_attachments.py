"""Pictures and voice messages between two real pages: sent, seen, heard; and sent by themselves after an outage."""

import io
import re
from typing import Any

from PIL import Image
from playwright.async_api import FilePayload, Locator, expect

from tests.system.person import Person, until
from tests.system.server import Server
from tests.system.test_call import Arrive, connect

ORANGE = (220, 120, 40)


def photograph() -> FilePayload:
    """As a phone makes them: larger than a screen, lying on its side, with the place in it."""
    picture = Image.new("RGB", (3000, 1500), ORANGE)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif.get_ifd(0x8825)[1] = "N"  # GPSLatitudeRef
    file = io.BytesIO()
    picture.save(file, "JPEG", exif=exif)
    return {"name": "IMG_0001.JPG", "mimeType": "image/jpeg", "buffer": file.getvalue()}


async def open_chat(*people: Person) -> None:
    for person in people:
        await person.button("Chat").click()
        await person.page.get_by_role("textbox", name="Message").wait_for()


async def look_at(person: Person) -> dict[str, Any]:
    """The newest picture in the chat: its size, its colour, and its bytes' beginning."""
    picture = person.page.locator(".chat-line:not(.waiting) .chat-picture img").last
    await picture.wait_for()
    seen: dict[str, Any] = await picture.evaluate(
        """async (img) => {
            await img.decode();
            const bytes = new Uint8Array(await (await fetch(img.src)).arrayBuffer());
            const canvas = document.createElement('canvas');
            canvas.width = canvas.height = 1;
            const pen = canvas.getContext('2d');
            pen.drawImage(img, 0, 0, 1, 1);
            return { width: img.naturalWidth, height: img.naturalHeight,
                     colour: [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)],
                     exif: new TextDecoder('latin1').decode(bytes).includes('Exif') };
        }"""
    )
    return seen


async def test_a_picture_and_a_voice_message(server: Server, arrive: Arrive) -> None:
    doctor, specialist = await connect(server, arrive)
    await open_chat(doctor, specialist)

    assert b"Exif" in photograph()["buffer"]
    await doctor.page.locator("input[type=file]").set_input_files(photograph())
    await doctor.page.get_by_alt_text("Picture to send").wait_for()
    await doctor.page.get_by_role("textbox", name="Message").fill("The rash")
    await doctor.button("Send").click()
    for person in (doctor, specialist):
        seen = await look_at(person)
        assert (seen["width"], seen["height"], seen["exif"]) == (1024, 2048, False)
        assert all(abs(a - b) < 12 for a, b in zip(seen["colour"], ORANGE, strict=True))
        await person.page.locator(".chat-text", has_text="The rash").wait_for()
    await doctor.page.locator(".waiting").wait_for(state="detached")

    small = specialist.page.get_by_role("button", name="Picture from 李梅 Li Mei, open large")
    await small.focus()
    await specialist.page.keyboard.press("Enter")
    zoom = specialist.page.get_by_role("dialog").get_by_role("button", name="Full size")
    await zoom.press("Enter")
    await expect(zoom).to_have_attribute("aria-pressed", "true")
    await specialist.page.keyboard.press("Escape")
    await specialist.page.get_by_role("dialog").wait_for(state="detached")
    await expect(small).to_be_focused()

    await doctor.button("Microphone").click()
    await specialist.hears_nothing()
    await doctor.button("Record a voice message").click()
    await doctor.page.get_by_text("Only this message records you", exact=False).wait_for()
    await doctor.page.get_by_text(re.compile(r"0:(0[3-9]|[1-5]\d) / 2:00")).wait_for()
    await specialist.hears_nothing()
    await doctor.button("Stop").click()
    said_s = await seconds_of(doctor.page.get_by_role("group", name=re.compile("^Voice message to send, ")))
    await doctor.button("Send it").click()
    heard = await listen(specialist)
    assert abs(heard["frequency"] - doctor.tone) < 20
    assert said_s >= 3
    assert abs(heard["seconds"] - said_s) < 2, "all that was said, and nothing else"
    for person in (doctor, specialist):
        assert person.errors == []


async def seconds_of(message: Locator) -> int:
    """How long a voice message says that it is."""
    found = re.search(r"(\d+):(\d\d)$", await message.get_attribute("aria-label") or "")
    assert found
    return 60 * int(found[1]) + int(found[2])


async def listen(person: Person) -> dict[str, float]:
    """Play the newest voice message through its player; what was in it."""
    player = person.page.get_by_role("group", name="Voice message from").last
    await player.get_by_role("button", name="Play").click()
    audio = player.locator("audio")

    async def goes_on() -> bool:
        return bool(await audio.evaluate("(audio) => audio.currentTime > 0.5"))

    await until("the message plays", goes_on)
    await player.get_by_role("button", name="Pause").click()
    await player.get_by_role("slider").fill("2")
    await until("the place that was chosen", lambda: audio.evaluate("(audio) => audio.currentTime === 2"))
    heard: dict[str, float] = await audio.evaluate(
        """async (audio) => {
            const context = new OfflineAudioContext(1, 48000, 48000);
            const sound = await context.decodeAudioData(await (await fetch(audio.src)).arrayBuffer());
            const samples = sound.getChannelData(0).slice(48000, 96000);
            let crossings = 0;
            for (let i = 1; i < samples.length; i++) crossings += samples[i - 1] < 0 !== samples[i] < 0;
            return { seconds: sound.duration, frequency: crossings / 2 / (samples.length / 48000) };
        }"""
    )
    return heard


async def test_what_was_said_during_an_outage_goes_by_itself(server: Server, arrive: Arrive) -> None:
    doctor, specialist = await connect(server, arrive)
    await open_chat(doctor, specialist)
    server.kill()
    field = doctor.page.get_by_role("textbox", name="Message")
    await field.fill("Do you still hear me?")
    await field.press("Enter")
    await doctor.page.locator("input[type=file]").set_input_files(photograph())
    await doctor.page.get_by_alt_text("Picture to send").wait_for()
    await doctor.button("Send").click()
    waits = doctor.page.get_by_text("Waits for the connection", exact=False)
    await waits.nth(1).wait_for()
    await server.start()
    await specialist.page.locator(".chat-text", has_text="Do you still hear me?").wait_for()
    assert (await look_at(specialist))["width"] == 1024
    await waits.first.wait_for(state="detached")


async def test_what_is_no_picture_is_said(server: Server, arrive: Arrive) -> None:
    doctor, _specialist = await connect(server, arrive)
    await open_chat(doctor)
    broken: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    await doctor.page.locator("input[type=file]").set_input_files(broken)
    await doctor.page.get_by_text("The browser cannot read this file as a picture", exact=False).wait_for()
    await doctor.page.evaluate(
        """async () => {
            const canvas = document.createElement('canvas');
            const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
            const data = new DataTransfer();
            data.items.add(new File([blob], 'shot.png', { type: 'image/png' }));
            document.querySelector('.chat-form textarea')
                .dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    await doctor.page.get_by_alt_text("Picture to send").wait_for()
    await doctor.button("Remove the picture").click()
    await doctor.page.get_by_alt_text("Picture to send").wait_for(state="detached")
