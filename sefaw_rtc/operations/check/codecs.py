"""Does the media plane start, and what does it answer? A real offer through the real plane, on loopback."""

import asyncio
import re
from collections.abc import Iterator
from typing import Final

from sefaw_rtc.media import port
from sefaw_rtc.operations.check.finding import Finding, ok, problem, warning

_AREA = "codecs"
_WANTED: Final = ("opus", "VP8", "H264", "VP9", "AV1")
_NEEDED: Final = frozenset({"opus", "VP8", "H264"})  # what every supported browser can send
_ANSWER_S: Final = 10.0
_FINGERPRINT: Final = ":".join(["AB"] * 32)
_VIDEO: Final = (
    (96, "VP8", ""),
    (98, "VP9", "profile-id=0"),
    (102, "H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"),
    (45, "AV1", ""),
)


def examine() -> Iterator[Finding]:
    try:
        answer = asyncio.run(_answer())
    except ImportError:
        yield problem(_AREA, "The media plane is not built.", "Run `make setup`, or install a wheel for this machine.")
    except TimeoutError:
        yield problem(_AREA, "The media plane does not answer in time.", "Is the machine overloaded? Try again.")
    except (OSError, ValueError, RuntimeError) as error:
        yield problem(_AREA, f"The media plane does not start: {error}.", "Install the program anew.")
    else:
        yield from judge(answer)


def judge(answer: str) -> Iterator[Finding]:
    """What an answer's codecs mean."""
    there = set(re.findall(r"^a=rtpmap:\d+ ([^/\r\n]+)/", answer, re.MULTILINE))
    found = [codec for codec in _WANTED if codec in there]
    missing = [codec for codec in _WANTED if codec not in there]
    if _NEEDED & set(missing):
        yield problem(_AREA, f"Missing: {', '.join(missing)}: browsers cannot call.", "Install the program anew.")
    elif missing:
        yield warning(_AREA, f"Missing: {', '.join(missing)}.", "Calls work with the others; install a newer version.")
    if found:
        yield ok(_AREA, f"The media plane answers with {', '.join(found)}.")


async def _answer() -> str:
    """The answer to an offer of everything."""
    from sefaw_rtc.media.engine import Engine  # noqa: PLC0415 - may be missing: that is a finding

    engine = Engine(["127.0.0.1:0"])
    reply: asyncio.Future[port.Event] = asyncio.get_running_loop().create_future()

    def heard(event: port.Event) -> None:
        if isinstance(event, port.Joined | port.Refused) and not reply.done():
            reply.set_result(event)

    engine.listen(heard)
    try:
        engine.submit(
            port.Join(request=1, room=1, peer=1, kind=port.PeerKind.WHIP, offer=offer(), pairs=[], dtls13=False)
        )
        async with asyncio.timeout(_ANSWER_S):
            event = await reply
    finally:
        await engine.close()
    if isinstance(event, port.Joined):
        return event.answer
    raise RuntimeError(f"it refused the offer ({getattr(event, 'detail', '')})")


def offer() -> str:
    """As a browser would send it, with every codec that is wanted."""
    transport = [
        "c=IN IP4 0.0.0.0",
        "a=ice-ufrag:chek",
        "a=ice-pwd:checkcheckcheckcheckcheck",
        f"a=fingerprint:sha-256 {_FINGERPRINT}",
        "a=setup:actpass",
        "a=rtcp-mux",
        "a=sendonly",
    ]
    payloads = " ".join(str(number) for number, _name, _parameters in _VIDEO)
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1"]
    lines += [
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        *transport,
        "a=mid:0",
        "a=rtpmap:111 opus/48000/2",
        "a=ssrc:1 cname:check",
    ]
    lines += [f"m=video 9 UDP/TLS/RTP/SAVPF {payloads}", *transport, "a=mid:1", "a=ssrc:2 cname:check"]
    for number, name, parameters in _VIDEO:
        lines.append(f"a=rtpmap:{number} {name}/90000")
        lines.append(f"a=rtcp-fb:{number} nack pli")
        if parameters:
            lines.append(f"a=fmtp:{number} {parameters}")
    return "\r\n".join(lines) + "\r\n"
