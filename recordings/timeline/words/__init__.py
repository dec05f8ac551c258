"""What the timeline says, in both languages: read by the exported file here and by the page in `viewer/`."""

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any


class Language(StrEnum):
    EN = "en"
    ZH_CN = "zh-CN"


class Words:
    """`say("what.joined")`; `say("unit.ms", n=12)` fills the places of the words."""

    def __init__(self, language: Language, tree: Mapping[str, Any]) -> None:
        self.language = language
        self._tree = tree

    def say(self, path: str, **values: object) -> str:
        found: Any = self._tree
        for part in path.split("."):
            found = found[part]
        said = str(found)
        for name, value in values.items():
            said = said.replace("{{" + name + "}}", str(value))
        return said


@cache
def words(language: Language) -> Words:
    """The words of a language."""
    text = resources.files(__name__).joinpath(f"{language}.json").read_text("utf-8")
    return Words(language, json.loads(text))
