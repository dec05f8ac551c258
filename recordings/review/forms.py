"""Review forms: data with a version, read from JSON and known by the SHA-256 of their RFC 8785 canonical form.

The digest is of the document as its author wrote it, not of our types: it stays when a later program knows more. A
published version is never changed; a better form is a new version. Three come with the program (`built_in`), a site's
own from a folder (`read_folder`). Whatever is in a file, it becomes a `ReadForm` or one `FormError`.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

from signalling.canonical import NotCanonical, canonical
from signalling.record import Record, Tagged

MAX_FORM: Final = 64 * 1024  # bytes; the largest that comes with the program has 8 KiB
MAX_FILES: Final = 200  # in a site's folder

FormId = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,39}\Z")]
ItemId = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}\Z")]
OptionValue = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_]{0,31}\Z")]
Version = Annotated[int, Meta(ge=1, le=10_000)]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Said = Annotated[str, Meta(min_length=1, max_length=1000)]


class FormFault(StrEnum):
    """Why a file is no form. `FormError.place` says where in it."""

    UNREADABLE = "unreadable"  # the operating system refuses
    NOT_A_FILE = "not_a_file"  # a link, a folder, a device: never followed
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    NOT_JSON = "not_json"
    NOT_CANONICAL = "not_canonical"  # a fraction, or an integer beyond 2^53: no digest that all agree on
    MISSHAPEN = "misshapen"  # a field is missing, unknown or not allowed; a kind that is not known
    DUPLICATE = "duplicate"  # an item, an option, or the form itself is there twice
    EMPTY_RANGE = "empty_range"  # a number's lowest is above its highest


class FormError(Exception):
    """What was read is no form. `file` is its name, without the folder; nothing of what is in it is repeated."""

    def __init__(self, fault: FormFault, place: str = "", file: str = "") -> None:
        super().__init__(": ".join(part for part in (file, str(fault), place) if part))
        self.fault = fault
        self.place = place
        self.file = file


class Words(Record, frozen=True):
    """The same in both languages: a form without one of them is refused."""

    en: Said
    zh_cn: Said = msgspec.field(name="zh-CN")


class Option(Record, frozen=True):
    """What may be chosen. `moment`: choosing it asks for the moment, frame or picture that it was seen in."""

    value: OptionValue
    words: Words
    moment: bool = False


class Choice(Tagged, frozen=True):
    """One of several. `ordered`: from least to most, so that a distance means something. Two reviewers may be
    `tolerance` steps apart before somebody has to decide; of what is not ordered, any two are one step apart."""

    id: ItemId
    words: Words
    options: Annotated[list[Option], Meta(min_length=2, max_length=20)]
    required: bool = True
    ordered: bool = False
    tolerance: Annotated[int, Meta(ge=0, le=20)] = 0


class Number(Tagged, frozen=True):
    """A whole number within bounds, both included."""

    id: ItemId
    words: Words
    lowest: Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
    highest: Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
    required: bool = True
    tolerance: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class Text(Tagged, frozen=True):
    """Free words, `most` characters of them. Never compared."""

    id: ItemId
    words: Words
    required: bool = False
    most: Annotated[int, Meta(ge=1, le=4000)] = 2000


Item = Choice | Number | Text


class Form(Record, frozen=True):
    """`source`: who published the scheme, and what of it is ours."""

    id: FormId
    version: Version
    title: Words
    source: Words
    items: Annotated[list[Item], Meta(min_length=1, max_length=100)]


class FormRef(Record, frozen=True):
    """Which form a review was filled by: exactly this text."""

    id: FormId
    version: Version
    digest: Digest


class ReadForm(NamedTuple):
    """A form and the digest of the document that it was read from."""

    form: Form
    digest: str

    @property
    def ref(self) -> FormRef:
        return FormRef(id=self.form.id, version=self.form.version, digest=self.digest)


Catalogue = Mapping[tuple[str, int], ReadForm]


class Folder(NamedTuple):
    """The good forms by (id, version), and what is wrong with the other files: one bad file hides no good one."""

    forms: Catalogue
    faults: list[FormError]


def parse(raw: bytes, file: str = "") -> ReadForm:
    """A form out of its JSON. Raises `FormError`."""
    if len(raw) > MAX_FORM:
        raise FormError(FormFault.TOO_LARGE, file=file)
    try:
        digest = hashlib.sha256(canonical(msgspec.json.decode(raw))).hexdigest()
        form = _form.decode(raw)
    except NotCanonical:
        raise FormError(FormFault.NOT_CANONICAL, file=file) from None
    except msgspec.ValidationError as error:
        raise FormError(FormFault.MISSHAPEN, _place(error), file) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise FormError(FormFault.NOT_JSON, file=file) from None
    _check(form, file)
    return ReadForm(form, digest)


@cache
def built_in() -> Catalogue:
    """The forms that come with the program."""
    folder = resources.files("recordings.review") / "forms"
    forms = (parse(entry.read_bytes(), entry.name) for entry in folder.iterdir() if entry.name.endswith(".json"))
    return {(one.form.id, one.form.version): one for one in forms}


def read_folder(folder: Path, known: Catalogue | None = None) -> Folder:
    """A site's own forms beside those `known` (the program's, if not said): every `.json` directly in `folder`. A
    folder that is not there holds none."""
    forms = dict(built_in() if known is None else known)
    faults: list[FormError] = []
    for path in _listed(folder, faults):
        try:
            one = parse(_content(path), path.name)
        except FormError as error:
            faults.append(error)
            continue
        if (one.form.id, one.form.version) in forms:
            faults.append(FormError(FormFault.DUPLICATE, "id, version", path.name))
        else:
            forms[one.form.id, one.form.version] = one
    return Folder(forms, faults)


# ---- files --------------------------------------------------------------------------------------------------------


def _listed(folder: Path, faults: list[FormError]) -> list[Path]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".json")
    except FileNotFoundError:
        return []
    except OSError:
        faults.append(FormError(FormFault.UNREADABLE))
        return []
    if len(paths) > MAX_FILES:
        faults.append(FormError(FormFault.TOO_MANY))
    return paths[:MAX_FILES]


def _content(path: Path) -> bytes:
    """What is in a regular file. A link is not followed out of the folder and a pipe is not waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        raise FormError(FormFault.NOT_A_FILE if path.is_symlink() else FormFault.UNREADABLE, file=path.name) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FormError(FormFault.NOT_A_FILE, file=path.name)
    with os.fdopen(descriptor, "rb") as opened:
        try:
            return opened.read(MAX_FORM + 1)
        except OSError:
            raise FormError(FormFault.UNREADABLE, file=path.name) from None


# ---- what the types do not say ------------------------------------------------------------------------------------


def _check(form: Form, file: str) -> None:
    if _repeats(item.id for item in form.items):
        raise FormError(FormFault.DUPLICATE, "items", file)
    for item in form.items:
        if isinstance(item, Choice) and _repeats(option.value for option in item.options):
            raise FormError(FormFault.DUPLICATE, f"items.{item.id}.options", file)
        if isinstance(item, Number) and item.lowest > item.highest:
            raise FormError(FormFault.EMPTY_RANGE, f"items.{item.id}", file)


def _repeats(names: Iterable[str]) -> bool:
    listed = list(names)
    return len(set(listed)) != len(listed)


def _place(error: msgspec.ValidationError) -> str:
    """Where, as msgspec says it (`$.items[0].words`), and which of our fields is missing; never what was there."""
    text = str(error)
    what, _, rest = text.partition(" - at `")
    place = rest.rstrip("`") or "$"
    return f"{place}: {what}" if what.startswith("Object missing required field") else place


_form = msgspec.json.Decoder(Form)
