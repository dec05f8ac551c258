"""PS3.15 table E.1-1, as data in profile.json."""

import json
from functools import cache
from importlib import resources


@cache
def actions() -> dict[str, str]:
    """What the Basic Profile does with an attribute, by its tag."""
    read = json.loads(resources.files("recordings.deidentify").joinpath("profile.json").read_text("utf-8"))
    return {tag: action for action, tags in read["actions"].items() for tag in tags}
