"""The configuration as text: the documented sample file, and what `config show` prints."""

import json
import textwrap
from typing import Any, Final

from sefaw_rtc.config.load import Key, Loaded, keys, sections

_HEAD: Final = """\
# Sefaw RTC: every key with its default and its reason. Copy to sefaw.toml and keep what differs.
# The environment variable of `key` in `[section]` is SEFAW_SECTION_KEY (lists: separated by commas); it wins over
# this file, and the command line wins over both. An unknown key is an error. Written by `python -m sefaw_rtc.config`.
"""


def sample() -> str:
    """`sefaw.sample.toml`: complete, every key commented in at its default; secrets named but left out."""
    lines = [_HEAD]
    all_keys = list(keys())
    for section, section_type in sections().items():
        lines += [f"# {(section_type.__doc__ or '').strip()}", f"[{section}]"]
        for key in all_keys:
            if key.section == section:
                lines += _sample_lines(key)
        lines.append("")
    return "\n".join(lines)


def shown(loaded: Loaded) -> str:
    """Effective values, one `section.key = value  # origin` a line; secrets only say whether they are set."""
    rows = []
    for key in keys():
        value = getattr(getattr(loaded.config, key.section), key.name)
        text = ("(set, hidden)" if value else "(not set)") if key.secret else _toml(value)
        rows.append((f"{key.path} = {text}", loaded.origins[key.path]))
    width = min(60, max(len(left) for left, _ in rows))
    return "\n".join(f"{left:<{width}}  # {origin}" for left, origin in rows) + "\n"


def _sample_lines(key: Key) -> list[str]:
    doc = textwrap.wrap(key.doc, 116, initial_indent="# ", subsequent_indent="# ")
    if key.secret:
        return [*doc, f"# {key.name}: only as {key.variable}", ""]
    return [*doc, f"{key.name} = {_toml(key.default)}", ""]


def _toml(value: Any) -> str:
    # TOML's strings, numbers, booleans and flat lists are written as JSON writes them.
    return json.dumps(value, ensure_ascii=False)
