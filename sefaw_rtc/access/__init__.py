"""Who is who and who may what: accounts, sessions, tokens, and one `decide()` for every route and message."""

from sefaw_rtc.access.accounts import create_account
from sefaw_rtc.access.actions import ACCESS_ACTIONS, MESSAGE_ACTIONS, READING_ACTIONS, ROUTE_ACTIONS, Action
from sefaw_rtc.access.decide import Decision, decide, has_grant, is_inside
from sefaw_rtc.access.gate import enforce, refusal, require
from sefaw_rtc.access.keys import load_key, parse_key, read_secret, token_key
from sefaw_rtc.access.passwords import Passwords
from sefaw_rtc.access.scraper import scraper_subject, scraper_token
from sefaw_rtc.access.sessions import COOKIE, CSRF_HEADER, Cookie, SignedIn, SignIns
from sefaw_rtc.access.signing import SigningKeys, under_strange_keys
from sefaw_rtc.access.subject import ANONYMOUS, SCRAPER, SERVER, Audience, Resource, Subject, SubjectKind
from sefaw_rtc.access.tokens import Claims, Tokens
from signalling.vocabulary import Ground

__all__ = [
    "ACCESS_ACTIONS",
    "ANONYMOUS",
    "COOKIE",
    "CSRF_HEADER",
    "MESSAGE_ACTIONS",
    "READING_ACTIONS",
    "ROUTE_ACTIONS",
    "SCRAPER",
    "SERVER",
    "Action",
    "Audience",
    "Claims",
    "Cookie",
    "Decision",
    "Ground",
    "Passwords",
    "Resource",
    "SignIns",
    "SignedIn",
    "SigningKeys",
    "Subject",
    "SubjectKind",
    "Tokens",
    "create_account",
    "decide",
    "enforce",
    "has_grant",
    "is_inside",
    "load_key",
    "parse_key",
    "read_secret",
    "refusal",
    "require",
    "scraper_subject",
    "scraper_token",
    "token_key",
    "under_strange_keys",
]
