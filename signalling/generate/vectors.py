"""The golden vectors (tests/golden/*.json): read by the tests of every language that speaks the wire.

fold_<scenario>.json   steps of {event, hash of the state after it, and its canonical form (in long logs: at the end)}
codec.json             every message once, as the exact text that is sent
codec_hostile.json     what a server is sent and must refuse: `parts` are (text, times) to be put together
canonical.json         values and their canonical form
fast.json              fast-lane messages: fields and hex
"""

import json
from collections.abc import Iterable
from typing import Any

from msgspec import to_builtins

from signalling.canonical import canonical, canonical_state, state_hash
from signalling.codec import encode_client, encode_server
from signalling.events import Event
from signalling.fast import Area, Image, Pointer, Voi, encode_fast
from signalling.fold import fold
from signalling.generate.examples import CLIENT, SERVER
from signalling.generate.hostile import hostile
from signalling.generate.scenarios import scenarios
from signalling.state import State

_LONG = 100  # steps: from here on only the last carries its state


def vectors() -> dict[str, str]:
    """File name → text."""
    files = {f"fold_{name}.json": _file("steps", _steps(log)) for name, log in scenarios().items()}
    files["codec.json"] = _file("messages", _messages())
    files["codec_hostile.json"] = _file("messages", hostile())
    files["canonical.json"] = _file("values", _values())
    files["fast.json"] = _file("messages", _fast())
    return files


def _file(title: str, entries: Iterable[dict[str, Any]]) -> str:
    """One entry a line, so that a change shows as the lines it changes."""
    lines = ",\n".join(json.dumps(entry, ensure_ascii=True) for entry in entries)
    return f'{{"{title}": [\n{lines}\n]}}\n'


def _steps(log: list[Event]) -> Iterable[dict[str, Any]]:
    state = State()
    for event in log:
        state = fold(state, event)
        step = {"event": to_builtins(event), "hash": state_hash(state)}
        if len(log) < _LONG or event is log[-1]:
            step["canonical"] = canonical_state(state).decode()
        yield step


def _messages() -> Iterable[dict[str, Any]]:
    for client in CLIENT:
        yield {"from": "client", "type": _type(client), "text": encode_client(client).decode()}
    for server in SERVER:
        yield {"from": "server", "type": _type(server), "text": encode_server(server).decode()}


def _type(message: Any) -> str:
    return str(message.__struct_config__.tag)


def _values() -> Iterable[dict[str, Any]]:
    values: list[Any] = [
        None,
        True,
        [0, -1, 9_007_199_254_740_991, -9_007_199_254_740_991],
        {"b": 1, "a": 2, "B": 3, "aa": 4, "_": 5, "1": 6, "": 7},
        {"\U0001f600": 1, "\ufb33": 2, "\u20ac": 3, "\r": 4, "\u0080": 5, "\u00f6": 6, "1": 7},  # RFC 8785 3.2.3
        "".join(chr(code) for code in range(0xA1)),
        "\u2028\u2029\ufeff€中👩🏽‍⚕️\U0010ffff",
        {"nested": [{"z": [], "a": {}}, [None, False, ""]]},
    ]
    for value in values:
        yield {"value": value, "canonical": canonical(value).decode()}


def _fast() -> Iterable[dict[str, Any]]:
    area = Area(
        centre_x=-65_536,
        centre_y=2_000_000_000,
        width=1_048_576,
        height=4_000_000_000,
        unit=1,
        rotation=27_000,
        flip_horizontal=True,
        flip_vertical=False,
    )
    image = Image(instance="1.2.840.10008.5.1.4.1.1.7", frame=300)
    # body, lane, epoch, counter, sender
    bodies: list[tuple[Pointer | Area | Voi | Image, int, int, int, int]] = [
        (Pointer(track=7, x=32_768, y=16_384, shown=True), 0, 0, 41, 0),
        (Pointer(track=4_294_967_295, x=65_535, y=0, shown=False), 255, 65_535, 4_294_967_295, 16),
        (area, 3, 3, 0, 2),
        (Voi(centre=-102_400, width=409_600, invert=True), 1, 2, 9, 0),
        (image, 2, 1, 5, 1),
        (Image(instance="1." + "9" * 62, frame=1), 0, 1, 6, 1),
    ]
    for body, lane, epoch, counter, sender in bodies:
        data = encode_fast(body, lane=lane, epoch=epoch, counter=counter, sender=sender)
        fields = to_builtins(body)
        yield {
            "kind": type(body).__name__.lower(),
            "header": {"lane": lane, "epoch": epoch, "counter": counter, "sender": sender},
            "body": fields,
            "hex": data.hex(),
        }
