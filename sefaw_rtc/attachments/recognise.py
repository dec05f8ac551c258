"""What an uploaded file is, by its own bytes: the sender's word (Content-Type) only has to agree."""

import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from sefaw_rtc.attachments import mp4, ogg, pictures, webm
from sefaw_rtc.attachments.reading import Damaged
from signalling.events import Attachment
from signalling.vocabulary import AttachmentKind

HEAD: Final = 16  # bytes that tell which kind it is
MOST_MS: Final = 300_000  # a voice message; our own page stops at two minutes


class NotRecognised(Exception):  # noqa: N818 - says what it is
    """Not one of the kinds, damaged, or larger than it may be. The message is for developers."""


class _Kind(NamedTuple):
    extension: str
    begins: Callable[[bytes], bool]
    width_height: Callable[[bytes], pictures.Size] | None = None
    duration_ms: Callable[[bytes], int] | None = None


_KINDS: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        "image/jpeg": _Kind("jpg", lambda head: head.startswith(b"\xff\xd8\xff"), pictures.jpeg),
        "image/png": _Kind("png", lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"), pictures.png),
        "image/webp": _Kind("webp", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", pictures.webp),
        "audio/webm": _Kind("webm", lambda head: head.startswith(b"\x1a\x45\xdf\xa3"), None, webm.duration_ms),
        "audio/ogg": _Kind("ogg", lambda head: head.startswith(b"OggS"), None, ogg.duration_ms),
        "audio/mp4": _Kind("m4a", lambda head: head[4:8] == b"ftyp", None, mp4.duration_ms),
    }
)
"""Media type → how it is told and measured."""

EXTENSIONS: Final[Mapping[str, str]] = MappingProxyType({name: kind.extension for name, kind in _KINDS.items()})
"""Media type → the end of a file's name. The media types that may be uploaded."""


def media_type_of(head: bytes) -> str | None:
    """By the first bytes alone; None = none of ours."""
    return next((name for name, kind in _KINDS.items() if kind.begins(head)), None)


def recognise(data: bytes) -> Attachment:
    """The description that goes into the log. Raises NotRecognised; never anything else, whatever the bytes."""
    media_type = media_type_of(data[:HEAD])
    if media_type is None:
        raise NotRecognised("neither a picture nor a sound that is known")
    kind = _KINDS[media_type]
    try:
        width, height = kind.width_height(data) if kind.width_height else (0, 0)
        duration = kind.duration_ms(data) if kind.duration_ms else 0
    except Damaged as damaged:
        raise NotRecognised(f"{media_type}: {damaged}") from None
    if duration > MOST_MS:
        raise NotRecognised(f"{media_type}: longer than {MOST_MS // 1000} s")
    return Attachment(
        sha256=hashlib.sha256(data).hexdigest(),
        kind=AttachmentKind.PICTURE if kind.width_height else AttachmentKind.VOICE,
        media_type=media_type,
        size=len(data),
        width=width,
        height=height,
        duration_ms=duration,
    )
