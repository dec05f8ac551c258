"""What a bundle says to people, in both languages: the files that it explains itself with, and what stands in the
side-by-side video."""

import json
from functools import cache
from importlib import resources
from typing import Final

from recordings.timeline.words import Language

LANGUAGES: Final = (Language.ZH_CN, Language.EN)


class Words:
    """Those of one language."""

    def __init__(self, language: Language, said: dict[str, str]) -> None:
        self.language = language
        self._said = said

    def say(self, key: str, **values: object) -> str:
        return self._said[key].format(**values)


@cache
def words(language: Language) -> Words:
    text = resources.files("recordings.export").joinpath(f"words.{language}.json").read_text("utf-8")
    return Words(language, json.loads(text))
