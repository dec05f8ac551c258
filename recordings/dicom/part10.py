"""A dataset as a file (PS3.10)."""

import io

from pydicom import Dataset, dcmwrite


def part10(ds: Dataset) -> bytes:
    """The whole file, with preamble and meta information."""
    out = io.BytesIO()
    dcmwrite(out, ds, enforce_file_format=True)
    return out.getvalue()
