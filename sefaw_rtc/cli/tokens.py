"""`sefaw-rtc token`: Bearer tokens for encoders and players."""

import time
from typing import Annotated

import typer

from sefaw_rtc.access.keys import token_key
from sefaw_rtc.access.subject import Audience
from sefaw_rtc.access.tokens import Tokens
from sefaw_rtc.cli.shared import ConfigFile, Data, WrongArgument, account_of, consultation_id, load_config, with_store
from sefaw_rtc.store import Store


def token(
    user: Annotated[str, typer.Argument(help="Whose token: a user name.")],
    consultation: Annotated[str, typer.Argument(help="The consultation's id.")],
    kind: Annotated[Audience, typer.Option(help="whip publishes and watches, whep watches.")] = Audience.WHIP,
    hours: Annotated[int | None, typer.Option(min=1, max=24, help="How long it is good for.")] = None,
    config: ConfigFile = None,
    data: Data = None,
) -> None:
    """Print a Bearer token for an encoder (WHIP) or a player (WHEP)."""
    if kind not in {Audience.WHIP, Audience.WHEP}:
        raise WrongArgument("--kind is whip or whep; join and resume tokens are given out by the server alone.")
    effective = load_config(config, {"server.data": data}).config
    wanted = consultation_id(consultation)

    def issue(store: Store) -> str:
        account = account_of(store, user)
        if account.disabled:
            raise WrongArgument(f"The account {account.user} is disabled.")
        if store.consultations.get(wanted) is None:
            raise WrongArgument("There is no such consultation.")
        return Tokens(token_key(effective.access, effective.data)).issue(
            kind,
            account=account.id,
            consultation=wanted,
            role=account.person.role,
            now=int(time.time()),
            lifetime_s=hours * 3600 if hours else effective.access.media_token_s,
        )

    print(with_store(effective, issue))
