"""Reads the golden vectors."""

import base64
import json
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).resolve().parent.parent / "golden"


def entries(name: str) -> list[dict[str, Any]]:
    """The entries of one file."""
    (listed,) = json.loads((GOLDEN / name).read_text("utf-8")).values()
    return listed


def hostile_bytes(entry: dict[str, Any]) -> bytes:
    """What a hostile vector sends."""
    if "base64" in entry:
        return base64.b64decode(entry["base64"])
    return "".join(text * times for text, times in entry["parts"]).encode("utf-8", "surrogatepass")
