"""`_media.pyi` says what the binary has: names and parameters, both ways."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

from sefaw_rtc import _media

STUB = ast.parse((Path(_media.__file__ or "").parent / "_media.pyi").read_text("utf-8"))


def public(namespace: object) -> set[str]:
    return {name for name in vars(namespace) if not name.startswith("_")}


def stubbed() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function of the stub, by the dotted name it has in the binary."""
    for node in STUB.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{f.name}", f) for f in node.body if isinstance(f, ast.FunctionDef))


def signature(dotted: str) -> list[str]:
    found: object = _media
    owner, _, name = dotted.rpartition(".")
    if name == "__new__":
        return ["cls", *inspect.signature(getattr(_media, owner)).parameters]
    for part in dotted.split("."):
        found = getattr(found, part)
    assert callable(found)
    return list(inspect.signature(found).parameters)


def test_names_are_the_same() -> None:
    written = {node.name for node in STUB.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    assert written == public(_media)
    for node in STUB.body:
        if isinstance(node, ast.ClassDef):
            methods = {f.name for f in node.body if isinstance(f, ast.FunctionDef) and not f.name.startswith("_")}
            assert methods == public(getattr(_media, node.name)), node.name


def test_parameters_are_the_same() -> None:
    for dotted, function in stubbed():
        assert [a.arg for a in function.args.args] == signature(dotted), dotted
