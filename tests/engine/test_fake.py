"""The fake engine keeps the promises of the real one: order, and no event inside another's handler."""

from sefaw_rtc.media import port
from sefaw_rtc.media.fake import FakeEngine, accept
from signalling.ids import Mid
from signalling.vocabulary import Kind

OFFER = "v=0\r\nm=audio 9 X 111\r\na=mid:a\r\na=sendonly\r\nm=video 9 X 96\r\na=recvonly\r\nm=application 9 X\r\n"


def join(peer: int) -> port.Join:
    return port.Join(request=peer, room=1, peer=peer, kind=port.PeerKind.WIRE, offer=OFFER, pairs=[], dtls13=False)


def test_commands_are_recorded_and_taken() -> None:
    engine = FakeEngine()
    engine.submit(join(1))
    assert engine.taken() == [join(1)]
    assert engine.taken() == []


def test_an_accepted_offer_has_its_lines() -> None:
    events: list[port.Event] = []
    engine = FakeEngine(reply=accept)
    engine.listen(events.append)
    engine.submit(join(1))
    joined, connected = events
    assert isinstance(joined, port.Joined)
    assert isinstance(connected, port.Connected)
    assert joined.media == [
        port.MediaLine(mid=Mid("a"), kind=Kind.AUDIO, direction=port.Direction.IN),
        port.MediaLine(mid=Mid("1"), kind=Kind.VIDEO, direction=port.Direction.OUT),
    ]


def test_a_recording_is_answered_as_it_is() -> None:
    events: list[port.Event] = []
    engine = FakeEngine(reply=accept)
    engine.listen(events.append)
    record = port.Record(
        room=1, folder="f", consultation="c", key=bytes(32), segment=4, run=7, started_unix_us=0, zero_ns=0
    )
    engine.submit(record)
    engine.submit(port.PauseRecording(room=1))
    engine.submit(port.ResumeRecording(room=1))
    engine.submit(port.StopRecording(room=1))
    states = [event.state for event in events if isinstance(event, port.Recording)]
    on, paused, off = port.RecordingState.ON, port.RecordingState.PAUSED, port.RecordingState.OFF
    assert states == [on, paused, on, off]
    assert events[0] == port.Recording(room=1, state=on, segment=4, run=7)


def test_a_command_from_a_handler_is_answered_after_it() -> None:
    order: list[str] = []
    engine = FakeEngine(reply=accept)

    def handler(event: port.Event) -> None:
        order.append(f"in {type(event).__name__}")
        if isinstance(event, port.Joined):
            engine.submit(port.Leave(peer=event.peer, reason="left"))
        order.append(f"out {type(event).__name__}")

    engine.listen(handler)
    engine.submit(join(1))
    assert order == ["in Joined", "out Joined", "in Ended", "out Ended", "in Connected", "out Connected"]


def test_a_fake_engine_is_a_media_engine() -> None:
    engine: port.MediaEngine = FakeEngine()
    assert engine.addresses
