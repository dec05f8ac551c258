"""What a bundle carries for a leaf: its proof, and the time stamp over the checkpoint that the proof leads to."""

from recordings.tlog.errors import LeafInvalid
from recordings.tlog.leaf import Leaf
from recordings.tlog.log import TransparencyLog


def evidence(log: TransparencyLog, leaf: Leaf) -> dict[str, bytes]:
    """What a bundle carries for a leaf, by the ending of its file: `.tlog-proof` and, if that checkpoint was stamped,
    `.tsr`. Against the newest checkpoint that somebody vouches for, else the newest there is; nothing if the leaf is in
    none yet. Raises `LeafInvalid` if it was not logged, `TlogDamaged`."""
    anchor = log.anchor_for(leaf.entry)
    note = anchor.note if anchor else log.checkpoint
    number = log.number_of(leaf.entry)
    if number is None:
        raise LeafInvalid("not logged")
    if note is None or (anchor is None and number >= log.published):
        return {}
    found = {".tlog-proof": bytes(log.prove(leaf.entry, note, bytes(leaf)))}
    return found | ({".tsr": anchor.stamp} if anchor and anchor.stamp else {})
