"""Names of files in a bundle: of letters, digits, `.`, `_` and `-`, whatever people are called. What people wrote is in
files, never in their names: no name climbs out of a folder, plays with a terminal, or tells who was there."""

import re
import unicodedata
from typing import Final

from recordings.manifest import NAME_PATTERN

_LONGEST: Final = 60
_NAME: Final = re.compile(NAME_PATTERN)
_OTHER: Final = re.compile(r"[^A-Za-z0-9._-]+")


def entry_name(*parts: str) -> str:
    """A path of these parts, at most eight deep. ValueError for none or more."""
    if not 1 <= len(parts) <= 8:
        raise ValueError("one to eight parts")
    return "/".join(map(_part, parts))


def is_entry_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def _part(text: str) -> str:
    """What is left of it; "x" of what has no such sign. Not hidden, not empty, no `..`."""
    plain = unicodedata.normalize("NFKD", text)
    kept = _OTHER.sub("-", plain).lstrip(".-").rstrip(".-")  # Windows takes no dot at the end
    return kept[:_LONGEST].rstrip(".-") or "x"
