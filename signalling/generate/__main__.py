"""`python -m signalling.generate [--check]`: write, or check, everything that is made from the wire."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from signalling.generate.document import document
from signalling.generate.typescript import typescript
from signalling.generate.vectors import vectors

ROOT = Path(__file__).resolve().parents[2]


def generated() -> dict[str, str]:
    """Every generated file: path from the repository's root, and what must be in it."""
    files = {"viewer/src/session/wire.gen.ts": typescript(), "docs/wire.md": document()}
    files.update({f"tests/golden/{name}": text for name, text in vectors().items()})
    return files


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files; with `--check` only compare, and say which differ."""
    parser = argparse.ArgumentParser(prog="python -m signalling.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a file differs")
    check = bool(parser.parse_args(arguments).check)
    stale = [path for path, text in generated().items() if _read(ROOT / path) != text]
    for path in stale:
        sys.stdout.write(f"{'differs' if check else 'written'}: {path}\n")
        if not check:
            _write(ROOT / path, generated()[path])
    if check and stale:
        sys.stdout.write("Run `python -m signalling.generate` and commit what it writes.\n")
        return 1
    return 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
