"""A filled form against its form: what is wrong with it, and in what two of them differ by too much."""

from collections import Counter
from enum import StrEnum

from recordings.review.forms import Choice, Form, Item, Number
from recordings.review.review import Answer, Filled, Moment, Stretch
from signalling.record import Record


class Wrong(StrEnum):
    """What keeps a form from being submitted."""

    MISSING = "missing"
    UNKNOWN_ITEM = "unknown_item"
    TWICE = "twice"
    NOT_ALLOWED = "not_allowed"  # no option, out of bounds, too long, empty, of another type
    NO_MOMENT = "no_moment"  # this answer asks for the moment that it was seen in
    OUT_OF_TIME = "out_of_time"  # not within the consultation, or it ends before it begins


class Problem(Record, frozen=True):
    """`item` "" = a note."""

    item: str
    wrong: Wrong


class Difference(Record, frozen=True):
    """Two reviewers' values of one item, None = not answered."""

    item: str
    first: str | int | None
    second: str | int | None


def problems(filled: Filled, form: Form, end_t: int) -> list[Problem]:
    """All that is wrong, in the order of the form; none = it may be submitted. `end_t`: how long the consultation
    lasted, session µs."""
    count = Counter(answer.item for answer in filled.answers)
    known = {item.id for item in form.items}
    found = [
        Problem(item=item.id, wrong=Wrong.MISSING) for item in form.items if item.required and item.id not in count
    ]
    found += [Problem(item=name, wrong=Wrong.UNKNOWN_ITEM) for name in count if name not in known]
    found += [Problem(item=name, wrong=Wrong.TWICE) for name, times in count.items() if times > 1]
    items = {item.id: item for item in form.items}
    for answer in filled.answers:
        if answer.item in items:
            found += [Problem(item=answer.item, wrong=wrong) for wrong in _answered(answer, items[answer.item], end_t)]
    found += [Problem(item="", wrong=Wrong.OUT_OF_TIME) for note in filled.notes if note.t > end_t]
    return found


def allowed(item: Item, value: str | int) -> bool:
    """Whether the item takes this value."""
    match item:
        case Choice():
            return any(option.value == value for option in item.options)
        case Number():
            return isinstance(value, int) and item.lowest <= value <= item.highest
        case _:
            return isinstance(value, str) and len(value) <= item.most and not (item.required and not value.strip())


def differences(first: Filled, second: Filled, form: Form) -> list[Difference]:
    """The items in which two are further apart than the form allows. Text is never compared."""
    one = {answer.item: answer.value for answer in first.answers}
    other = {answer.item: answer.value for answer in second.answers}
    return [
        Difference(item=item.id, first=one.get(item.id), second=other.get(item.id))
        for item in form.items
        if _too_far(item, one.get(item.id), other.get(item.id))
    ]


def _answered(answer: Answer, item: Item, end_t: int) -> list[Wrong]:
    wrong = []
    if not allowed(item, answer.value):
        wrong.append(Wrong.NOT_ALLOWED)
    if isinstance(item, Choice) and not answer.moments:
        wrong += [Wrong.NO_MOMENT for option in item.options if option.value == answer.value and option.moment]
    if any(_out_of_time(moment, end_t) for moment in answer.moments):
        wrong.append(Wrong.OUT_OF_TIME)
    return wrong


def _out_of_time(moment: Moment, end_t: int) -> bool:
    return isinstance(moment, Stretch) and not moment.from_t <= moment.to_t <= end_t


def _too_far(item: Item, one: str | int | None, other: str | int | None) -> bool:
    if one == other:
        return False
    match item:
        case Choice():
            return _steps(item, one, other) > item.tolerance
        case Number():
            both = isinstance(one, int) and isinstance(other, int)
            return not both or abs(int(one or 0) - int(other or 0)) > item.tolerance
        case _:
            return False


def _steps(item: Choice, one: str | int | None, other: str | int | None) -> int:
    """How far apart two different values are; one that is missing is as far as can be."""
    values: list[str | int] = [option.value for option in item.options]
    if one is None or other is None or one not in values or other not in values:
        return len(values) + 1
    return abs(values.index(one) - values.index(other)) if item.ordered else 1
