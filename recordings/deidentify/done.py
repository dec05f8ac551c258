"""What was done to make a copy, and what nobody can promise of it: as data, and in words."""

import json
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources

from recordings.timeline.words import Language


class Removed(StrEnum):
    """What is counted: how often it was taken out or replaced."""

    ATTRIBUTES = "attributes"
    PRIVATE = "private"
    UIDS = "uids"
    DATES = "dates"
    BLACKENED = "blackened"
    NAMES = "names"
    NUMBERS = "numbers"
    PERSONS = "persons"
    ATTACHMENTS = "attachments"
    SIGNATURES = "signatures"


class Unsure(StrEnum):
    """What stays possible."""

    TEXT_IN_PICTURE = "text_in_picture"
    TEXT_IN_REGION = "text_in_region"
    FACE = "face"
    WITHIN_COMPRESSED = "within_compressed"
    FREE_TEXT = "free_text"
    TIME_OF_DAY = "time_of_day"
    RARE_CASE = "rare_case"


@dataclass(slots=True)
class WhatWasDone:
    removed: Counter[Removed] = field(default_factory=Counter)
    unsure: set[Unsure] = field(default_factory=set)

    def add(self, other: "WhatWasDone") -> None:
        self.removed.update(other.removed)
        self.unsure |= other.unsure


def told(done: WhatWasDone, language: Language) -> list[str]:
    """A line for each, what was removed before what is unsure."""
    said = words(language)
    lines = [said[f"removed.{one}"].format(n=done.removed[one]) for one in Removed if done.removed[one]]
    return lines + [said[f"unsure.{one}"] for one in Unsure if one in done.unsure]


@cache
def words(language: Language) -> dict[str, str]:
    path = resources.files("recordings.deidentify").joinpath(f"words.{language}.json")
    read: dict[str, str] = json.loads(path.read_text("utf-8"))
    return read
