"""Why something is not taken: one exception with a word of the wire."""

from signalling.vocabulary import PictureFault


class PictureRefused(Exception):  # noqa: N818 - says what happened
    """`fault` is for people; the message is for developers and never personal. `about`: SOP class and instance, once
    they are known; `wrong_study`: it is of another study than was said."""

    def __init__(self, fault: PictureFault, why: str = "") -> None:
        super().__init__(why or fault.value)
        self.fault = fault
        self.about: tuple[str, str] | None = None
        self.wrong_study = False
