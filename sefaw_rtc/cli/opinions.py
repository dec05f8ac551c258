"""`sefaw-rtc verify-opinions`: whether what a consultation's log says was signed was signed; without the server."""

from typing import Annotated

import typer

from recordings import verified_in
from sefaw_rtc.access import under_strange_keys
from sefaw_rtc.cli.shared import EXIT_ERROR, ConfigFile, Data, consultation_id, load_config
from sefaw_rtc.cli.timelines import consultation_log
from sefaw_rtc.store import Store
from signalling.fold import fold_all
from signalling.state import SignedOpinion


def verify(
    consultation: Annotated[str, typer.Argument(help="The consultation's id.")],
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Check every signed opinion of a consultation: its signature, and that the key is its signer's."""
    effective = load_config(config, {"server.data": data}).config
    name = consultation_id(consultation)
    state = fold_all(consultation_log(effective, name).events)
    right = verified_in(name, state)
    store = Store.open(effective.data)
    try:
        strange = under_strange_keys(store, state.opinions)
    finally:
        store.close()
    for one in state.opinions:
        print(_line(one, signed=right[one.number], owned=one.number not in strange))
    if not state.opinions:
        print("Nothing is signed in this consultation.")
    if not all(right.values()) or strange:
        raise typer.Exit(EXIT_ERROR)


def _line(one: SignedOpinion, *, signed: bool, owned: bool) -> str:
    kind = f"addendum to {one.amends}" if one.amends else "opinion"
    verdict = "signature right" if signed else "SIGNATURE WRONG"
    owner = "the signer's key" if owned else "KEY NOT KNOWN AS THE SIGNER'S"
    return f"{one.number}  {kind}  account {one.signer.account}  {verdict}, {owner} {one.key}"
