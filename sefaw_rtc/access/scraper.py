"""Who may read the metrics without signing in: the bearer of the configured token, or, without one, this machine."""

import hmac
from pathlib import Path

from sefaw_rtc.access.keys import read_secret
from sefaw_rtc.access.subject import ANONYMOUS, SCRAPER, Subject
from sefaw_rtc.config import Access as Settings
from sefaw_rtc.errors import ConfigError


def scraper_token(settings: Settings) -> str:
    """The configured token, empty = none. Raises `ConfigError` if its file cannot be read."""
    if settings.metrics_token or not settings.metrics_token_file:
        return settings.metrics_token
    try:
        return read_secret(Path(settings.metrics_token_file))
    except FileNotFoundError:
        raise ConfigError(f"access.metrics_token_file: there is no file {settings.metrics_token_file}.") from None


def scraper_subject(token: str, bearer: str | None, *, direct: bool) -> Subject:
    """`bearer` is what the request's Authorization holds. `direct` = the connection comes from this machine and no
    proxy says that it forwards for somebody (no Forwarded or X-Forwarded-For header)."""
    if token:
        same = bearer is not None and hmac.compare_digest(token.encode(), bearer.encode("utf-8", "replace"))
        return SCRAPER if same else ANONYMOUS
    return SCRAPER if direct else ANONYMOUS
