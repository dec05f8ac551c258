"""The one way in which an operation fails."""

from sefaw_rtc.errors import SefawError


class OperationFailed(SefawError):  # noqa: N818 - named like errors.py's
    """It could not be done, and nothing half done was left. The message is one plain sentence for the terminal."""
