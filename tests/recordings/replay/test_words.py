"""The page has words for everything that is said of a recording, and offers nothing else to search by."""

import json
from pathlib import Path
from typing import Any

import pytest

from recordings.replay.flags import Flag
from recordings.replay.markers import MarkerKind

LOCALES = Path(__file__).parents[3] / "viewer/src/locales/replay"


@pytest.fixture(params=["en", "zh-CN"])
def words(request: pytest.FixtureRequest) -> Any:
    return json.loads((LOCALES / f"{request.param}.json").read_text("utf-8"))


def test_of_every_flag(words: Any) -> None:
    assert set(words["list"]["flags"]) == {flag.value for flag in Flag}


def test_of_every_kind_of_moment(words: Any) -> None:
    assert set(words["moment"]) - {"other"} == {kind.value for kind in MarkerKind}
