"""What the tests' own encoders leave behind."""

import os
from pathlib import Path

from tests.media import clips


def test_no_encoder_leaves_a_real_time_thread() -> None:
    assert clips.KINDS
    tasks = [int(task.name) for task in Path("/proc/self/task").iterdir()]
    assert {os.sched_getscheduler(task) for task in tasks} == {os.SCHED_OTHER}
