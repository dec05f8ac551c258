"""Who is who and who may what: accounts, sessions, tokens, and one `decide()` for every route and message."""

from sefaw_rtc.access.actions import MESSAGE_ACTIONS, ROUTE_ACTIONS, Action
from sefaw_rtc.access.decide import Decision, Ground, decide
from sefaw_rtc.access.gate import refusal, require
from sefaw_rtc.access.keys import load_key, parse_key, read_secret
from sefaw_rtc.access.subject import ANONYMOUS, SCRAPER, SERVER, Audience, Resource, Subject, SubjectKind
from sefaw_rtc.access.tokens import Claims, Tokens

__all__ = [
    "ANONYMOUS",
    "MESSAGE_ACTIONS",
    "ROUTE_ACTIONS",
    "SCRAPER",
    "SERVER",
    "Action",
    "Audience",
    "Claims",
    "Decision",
    "Ground",
    "Resource",
    "Subject",
    "SubjectKind",
    "Tokens",
    "decide",
    "load_key",
    "parse_key",
    "read_secret",
    "refusal",
    "require",
]
