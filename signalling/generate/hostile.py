"""What a server is sent by broken and hostile clients, and the one error each must get."""

import base64
from collections.abc import Iterable
from typing import Any

from signalling.vocabulary import ErrorCode

_TOKEN, _ID = "t" * 16, "a" * 26


def hostile() -> Iterable[dict[str, Any]]:
    """Each: what it is, its bytes as (text, times) parts or as base64, the code it gets and the request it answers."""
    for name, parts, code, re in _TEXTS:
        yield {"name": name, "parts": parts, "code": code.value, "re": re}
    for name, data in _BYTES:
        yield {"name": name, "base64": base64.b64encode(data).decode(), "code": ErrorCode.MALFORMED.value, "re": 0}


_BAD, _BIG, _OLD = ErrorCode.MALFORMED, ErrorCode.TOO_LARGE, ErrorCode.VERSION_UNSUPPORTED
_Parts = list[tuple[str, int]]


def _text(text: str) -> _Parts:
    return [(text, 1)]


_VIEW = (
    '{"type":"change_view","re":3,"epoch":%s,"viewport":%s,"image":{"study":"%s","series":"1.2","instance":"1.3"},'
    '"area":{"centre_x":%s,"centre_y":0,"width":%s,"height":1,"unit":"px"}}'
)
# What is wrong, epoch, viewport, study, centre, width; and whether it is JSON at all (its number is answered then).
_VIEWS: list[tuple[str, str, str, str, str, str, bool]] = [
    ("not a number", "1", "0", "1.1", "NaN", "1", False),
    ("infinity", "1", "0", "1.1", "Infinity", "1", False),
    ("negative infinity", "1", "0", "1.1", "0", "-Infinity", False),
    ("a number overflowing to infinity", "1", "0", "1.1", "1e999", "1", True),
    ("a fraction", "1", "0", "1.1", "0.5", "1", True),
    ("a centre out of bounds", "1", "0", "1.1", "2000000001", "1", True),
    ("no width", "1", "0", "1.1", "0", "0", True),
    ("epoch zero", "0", "0", "1.1", "0", "1", True),
    ("an epoch beyond 16 bits", "65536", "0", "1.1", "0", "1", True),
    ("a fifth viewport", "1", "4", "1.1", "0", "1", True),
    ("no viewport", "1", "-1", "1.1", "0", "1", True),
    ("a UID that is a path", "1", "0", "../../1.1", "0", "1", True),
    ("a UID of nothing", "1", "0", "", "0", "1", True),
    ("a UID too long", "1", "0", "1." + "1" * 63, "0", "1", True),
    ("a UID with a zero before", "1", "0", "1.01", "0", "1", True),
]

_TEXTS: list[tuple[str, _Parts, ErrorCode, int]] = [
    ("empty", _text(""), _BAD, 0),
    ("not JSON", _text("hello"), _BAD, 0),
    ("no object", _text('["hello"]'), _BAD, 0),
    ("null", _text("null"), _BAD, 0),
    ("no type", _text('{"re":3}'), _BAD, 3),
    ("unknown type", _text('{"type":"launch","re":3}'), _BAD, 3),
    ("type of another kind", _text('{"type":7,"re":3}'), _BAD, 0),
    ("a server's message", _text('{"type":"goodbye","reason":"left"}'), _BAD, 0),
    ("field missing", _text('{"type":"chat","re":3,"key":"k"}'), _BAD, 3),
    ("unknown field", _text('{"type":"hang_up","re":3,"force":true}'), _BAD, 3),
    ("field of another kind", _text('{"type":"chat","re":3,"key":"k","text":7}'), _BAD, 3),
    ("null for a text", _text('{"type":"chat","re":3,"key":"k","text":null}'), _BAD, 3),
    ("number as text", _text('{"type":"hang_up","re":"3"}'), _BAD, 0),
    ("fraction", _text('{"type":"hang_up","re":3.5}'), _BAD, 0),
    ("whole number as fraction", _text('{"type":"ping","n":1.5}'), _BAD, 0),
    ("request zero", _text('{"type":"hang_up","re":0}'), _BAD, 0),
    ("request negative", _text('{"type":"hang_up","re":-1}'), _BAD, 0),
    ("request beyond 31 bits", _text('{"type":"hang_up","re":2147483648}'), _BAD, 0),
    ("number of 10,000 digits", [('{"type":"hang_up","re":', 1), ("9", 10_000), ("}", 1)], _BAD, 0),
    ("number overflowing to infinity", _text('{"type":"hang_up","re":1e999}'), _BAD, 0),
    ("not a number", _text('{"type":"hang_up","re":NaN}'), _BAD, 0),
    ("unknown word", _text('{"type":"decline_call","re":3,"consultation":"' + _ID + '","reason":"lazy"}'), _BAD, 3),
    ("id too short", _text('{"type":"enter","re":3,"consultation":"abc"}'), _BAD, 3),
    ("id with a newline", _text('{"type":"enter","re":3,"consultation":"' + _ID + '\\n"}'), _BAD, 3),
    ("id that climbs", _text('{"type":"enter","re":3,"consultation":"../../../../../etc/passwd"}'), _BAD, 3),
    ("mid with a newline", _text('{"type":"watch","re":3,"mid":"0\\n","track":null}'), _BAD, 3),
    ("track zero", _text('{"type":"watch","re":3,"mid":"0","track":0}'), _BAD, 3),
    ("key with a space", _text('{"type":"chat","re":3,"key":"a b","text":"x"}'), _BAD, 3),
    ("attachment that is no digest", _text('{"type":"chat","re":3,"key":"k","text":"","attachment":"../x"}'), _BAD, 3),
    ("chat too long", [('{"type":"chat","re":3,"key":"k","text":"', 1), ("字", 2001), ('"}', 1)], _BAD, 3),
    ("lone surrogate", _text('{"type":"chat","re":3,"key":"k","text":"\\ud800"}'), _BAD, 0),
    ("base64 broken", _text('{"type":"fast_up","body":"A!"}'), _BAD, 0),
    ("fast body too long", [('{"type":"fast_up","body":"', 1), ("AAAA", 401), ('"}', 1)], _BAD, 0),
    ("two messages", _text('{"type":"hang_up","re":3}{"type":"hang_up","re":4}'), _BAD, 0),
    ("trailing comma", _text('{"type":"hang_up","re":3,}'), _BAD, 0),
    ("deep lists", [("[", 100_000)], _BAD, 0),
    ("deep in an unknown field",
     [('{"x":', 1), ("[", 50_000), ("]", 50_000), (',"type":"hang_up","re":3}', 1)], _BAD, 0),
    ("seventeen deep", [('{"x":', 1), ("[", 16), ("]", 16), ("}", 1)], _BAD, 0),
    ("deep objects", [('{"a":', 20_000)], _BAD, 0),
    ("quotes without end", [('{"a":"', 1), ('\\"', 60_000)], _BAD, 0),
    ("10 MB", [('{"type":"chat","re":3,"key":"k","text":"', 1), ("a", 10_000_000), ('"}', 1)], _BIG, 0),
    ("one byte too many", [(" ", 128 * 1024 + 1)], _BIG, 0),
    ("too many bytes, not characters", [("字", 50_000)], _BIG, 0),
    ("version of tomorrow", _text('{"type":"hello","version":2}'), _OLD, 0),
    ("version of tomorrow with new fields", _text('{"type":"join","re":3,"version":9,"ticket":"x"}'), _OLD, 3),
    ("resume of tomorrow",
     _text('{"type":"resume","re":3,"version":2,"token":"' + _TOKEN + '","since_seq":0}'), _OLD, 3),
    ("version negative", _text('{"type":"hello","version":-1}'), _OLD, 0),
    ("since before the beginning",
     _text('{"type":"resume","re":3,"version":1,"token":"' + _TOKEN + '","since_seq":-1}'), _BAD, 3),
    ("too many sends",
     [('{"type":"offer","re":3,"media":{"offer":"v=0","slots":[],"sends":[', 1),
      ('{"mid":"0","kind":"audio","purpose":"face"},', 8),
      ('{"mid":"0","kind":"audio","purpose":"face"}]}}', 1)], _BAD, 3),
    ("offer too long",
     [('{"type":"offer","re":3,"media":{"sends":[],"slots":[],"offer":"', 1), ("a", 65_537), ('"}}', 1)], _BAD, 3),
    *((f"a View with {name}", _text(_VIEW % (epoch, viewport, uid, x, width)), _BAD, 3 if whole else 0)
      for name, epoch, viewport, uid, x, width, whole in _VIEWS),
]  # fmt: skip
_BYTES: list[tuple[str, bytes]] = [
    ("a byte that is never UTF-8", b'{"type":"chat","re":3,"key":"k","text":"\xff"}'),
    ("overlong UTF-8", b'{"type":"chat","re":3,"key":"k","text":"\xc0\xaf"}'),
    ("surrogate in UTF-8", b'{"type":"chat","re":3,"key":"k","text":"\xed\xa0\x80"}'),
    ("cut in a character", b'{"type":"chat","re":3,"key":"k","text":"\xe4\xb8'),
    ("bad UTF-8 in an unknown field", b'{"type":"hang_up","re":3,"\xff":1}'),
    ("byte order mark", b'\xef\xbb\xbf{"type":"hang_up","re":3}'),
    ("UTF-16", '{"type":"hang_up","re":3}'.encode("utf-16")),
    ("zero bytes", b"\0" * 64),
    ("random", bytes(range(255, 0, -1))),
]
