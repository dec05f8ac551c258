"""The one exception of the heart: a call that is not allowed now. It changes nothing."""

from signalling.vocabulary import ErrorCode


class Refused(Exception):  # noqa: N818 - the word of the wire
    """`code` is told to whoever asked; `detail` is for developers and never personal."""

    def __init__(self, code: ErrorCode, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.detail = detail
