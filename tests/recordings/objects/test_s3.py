"""How objects are read: however large and however slow the line, no request is about more than some of it."""

import random
from typing import Any

import obstore
import pytest
from obstore.store import MemoryStore

from recordings.objects import Fault, ObjectsFailed, Place
from recordings.objects import s3 as of_s3
from recordings.objects.s3 import S3

READ = 3 << 20  # at once, in these tests


@pytest.fixture
def store() -> S3:
    made = S3(Place("bucket", "https://s3.example", "us-east-1", "p/", path_style=True, access_key="a", secret_key="s"))
    made._store = MemoryStore()  # type: ignore[assignment]
    return made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int] | None]:
    """The ranges of all requests; None: the whole object."""
    found: list[tuple[int, int] | None] = []
    get = obstore.get

    def noted(store: Any, path: str, *, options: Any = None) -> Any:
        found.append(tuple(options["range"]) if options else None)
        return get(store, path, options=options)

    monkeypatch.setattr(of_s3.obstore, "get", noted)
    monkeypatch.setattr(of_s3, "READ", READ)
    return found


@pytest.mark.parametrize("size", [0, 1, READ - 1, READ, READ + 1, 2 * READ, 2 * READ + 17])
def test_what_comes_back_is_what_was_put_there(store: S3, asked: list[tuple[int, int] | None], size: int) -> None:
    content = random.Random(size).randbytes(size)
    store.put("a/b", [content], size)
    assert b"".join(store.read("a/b")) == content
    rest = [(start, min(size, start + READ)) for start in range(READ, size, READ)]
    assert asked == [None, *rest], "of the first request what is beyond its share is left"


def test_what_is_not_there_is_said(store: S3) -> None:
    with pytest.raises(ObjectsFailed) as found:
        list(store.read("a/b"))
    assert found.value.fault is Fault.MISSING


def test_what_goes_while_it_is_read_is_said(store: S3, asked: list[tuple[int, int] | None]) -> None:
    store.put("a/b", [bytes(2 * READ)], 2 * READ)
    pieces = store.read("a/b")
    next(pieces)
    store.delete(["a/b"])
    with pytest.raises(ObjectsFailed) as found:
        list(pieces)
    assert found.value.fault is Fault.MISSING
    assert len(asked) == 2
