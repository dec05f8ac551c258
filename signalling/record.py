"""The two kinds of immutable record the wire is made of. Unknown fields are errors: the wire has one version."""

import msgspec


def snake(name: str) -> str:
    """`TrackAdded` → `track_added`: a record's name on the wire."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Plain data inside a message or an event."""


class Tagged(Record, frozen=True, tag_field="type", tag=snake):
    """A member of a union, told apart by its `type`."""
