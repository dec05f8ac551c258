"""What an administrator does with a server: look at it before trusting it, save its data and bring it back.

Programs beside the server, not parts of it: nothing here runs in its event loop.
"""

from sefaw_rtc.operations.failed import OperationFailed

__all__ = ["OperationFailed"]
