"""What every table of the configuration is made of."""

from typing import Any, Final

import msgspec
from msgspec import Meta

HIDDEN: Final = "hidden"  # key of `Meta.extra`: never in the TOML file, never shown


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One table of the TOML file."""


def documented(text: str, **bounds: Any) -> Meta:
    """A key's reason, for the sample file, and its bounds."""
    return Meta(description=text, **bounds)
