"""What the instances say in words to whoever opens them. A file outlives the page and its language, so what a person
reads in a list is in both languages at once."""

import json
from functools import cache
from importlib import resources
from typing import Any


def say(path: str, **values: object) -> str:
    """`say("series.probe")`; the values fill the places of the words."""
    found: Any = _words()
    for part in path.split("."):
        found = found[part]
    return str(found).format(**values)


@cache
def _words() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(resources.files("recordings.dicom").joinpath("words.json").read_text("utf-8"))
    return read
