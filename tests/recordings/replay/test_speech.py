"""From the sound to the level that is shown."""

import pytest

from recordings.replay.speech import Levels, level_of, spoken


@pytest.mark.parametrize(
    ("energy", "level"), [(0.0, 0), (1e-9, 0), (1e-6, 1), (1e-3, 128), (0.5, 242), (1.0, 255), (4.0, 255)]
)
def test_levels_are_linear_in_db(energy: float, level: int) -> None:
    assert level_of(energy) == level


def test_whoever_was_not_heard_has_none() -> None:
    (one,) = spoken([(3, Levels())]).people
    assert (one.peer, one.levels) == (3, b"")
