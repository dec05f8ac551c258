"""This node's transparency log: what it is called, who vouches for it, and for whom it vouches."""

from typing import Annotated

import msgspec

from sefaw_rtc.config.section import Section
from sefaw_rtc.config.section import documented as _doc


class Tlog(Section, frozen=True):
    """The transparency log, which makes what is kept provable, and being a witness of the partners' logs."""

    log_name: Annotated[
        str,
        _doc(
            "The log's name, such as clinic.example/log: once for all, for partners know it. Its key is "
            "`keys/tlog.key` in the data directory. Empty = made at the first start, of the host's name and of the "
            "key. A server that came back from a backup needs a new one.",
            max_length=200,
        ),
    ] = ""

    witnesses: Annotated[
        list[str],
        _doc(
            "The partners' witnesses, each as `KEY ADDRESS`: the key as its node shows it at /tlog/witness.vkey, and "
            "the address below which it takes /add-checkpoint, such as https://county.example/tlog.",
            max_length=16,
        ),
    ] = msgspec.field(default_factory=list)
    round_s: Annotated[
        int,
        _doc("Seconds between two rounds, in which what was logged is signed and vouched for.", ge=1, le=86_400),
    ] = 60
    tsa_url: Annotated[
        str,
        _doc("A time stamp authority (RFC 3161), asked once in a round in which there is something new. Empty = none."),
    ] = ""
    tsa_roots: Annotated[str, _doc("PEM file of the root certificates that it is trusted by.")] = ""
    witness_name: Annotated[
        str,
        _doc(
            "This node's name as a witness, such as witness.county.example: once for all, for partners know it. Its "
            "key is `keys/witness.key` in the data directory, made at the first start. Empty = no witness.",
            max_length=200,
        ),
    ] = ""
    witness_for: Annotated[
        list[str],
        _doc("The partners' log keys, each as its node shows it: name+id+base64.", max_length=100),
    ] = msgspec.field(default_factory=list)
