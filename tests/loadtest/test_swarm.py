"""What goes to the swarm and what comes back, without running it."""

import json

import msgspec
import pytest

from loadtest import swarm
from loadtest.cpu import turned
from loadtest.shapes import FORWARDING, JOINS, SILENT


def test_a_shape_says_only_what_its_kind_knows() -> None:
    shapes = {case.name: json.loads(msgspec.json.encode(case.shape)) for case in (*FORWARDING, JOINS, SILENT)}
    assert shapes["1:1 x20"] == {"kind": "one_to_one", "consultations": 20}
    assert shapes["video x40"] == {"kind": "fan_out", "viewers": 40, "video": True}
    assert shapes["joins"] == {"kind": "joins", "joins": 40, "gap_ms": 30}
    assert shapes["silent"] == {"kind": "silent", "peers": 500}


def test_every_round_runs_every_case_in_another_order() -> None:
    cases = [*FORWARDING, JOINS, SILENT]
    orders = [turned(cases, number) for number in range(3)]
    assert all(sorted(case.name for case in order) == sorted(case.name for case in cases) for order in orders)
    assert len({order[0].name for order in orders}) == 3
    assert turned([], 2) == []


def test_a_missing_program_is_a_sentence(tmp_path: object) -> None:
    with pytest.raises(swarm.SwarmError, match="make bench"):
        swarm.binary(f"{tmp_path}/sefaw-swarm")
