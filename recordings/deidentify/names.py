"""Every known name and identifier, found in free text however it is written: upper or lower case, full or half width,
with spaces or invisible characters between. Chinese names also without the surname, and the surname before a title."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_HAN: Final = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TITLES: Final = ("主任医师", "医师", "医生", "大夫", "主任", "教授", "护士", "先生", "女士", "老师", "院长")
_AFTER: Final = (*_TITLES, "某", "大爷", "大妈", "大叔", "阿姨", "奶奶", "爷爷", "哥", "姐", "总", "医")
_LATIN_TITLES: Final = frozenset({"dr", "doctor", "prof", "professor", "mr", "mrs", "ms", "miss", "nurse", "the"})
_WHOLE_WORD: Final = 4  # a Latin name of so few letters is part of many words: it counts only alone
_BETWEEN: Final = r"[\s\-_.,·^/=]*"

_DATE: Final = re.compile(
    r"(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?|(?<!\d)(?:19|20)\d\d(?:0\d|1[0-2])[0-3]\d(?!\d)"
)
_NUMBER: Final = re.compile(r"\+?\d(?:[\s-]?\d){6,}x?|[a-z0-9.+_-]{1,64}@[a-z0-9.-]{1,255}", re.IGNORECASE)


class Scrubber:
    """Replaces what it was told of. `names`: (what is written, what stands in its place)."""

    def __init__(self, names: Iterable[tuple[str, str]], date: str, number: str) -> None:
        labels: dict[str, str] = {}
        for pattern, label in names:
            labels.setdefault(pattern, label)
        ordered = sorted(labels, key=lambda one: (-len(one), one))
        self._labels = [labels[one] for one in ordered]
        self._names = re.compile("|".join(f"({one})" for one in ordered)) if ordered else None
        self._date, self._number = date, number

    def scrub(self, text: str) -> tuple[str, int, int]:
        """The text, how many names were replaced in it, and how many dates and long numbers."""
        text, names = self._replace_names(text)
        text, dates = _replace(_DATE, text, self._date)
        text, numbers = _replace(_NUMBER, text, self._number)
        return text, names, dates + numbers

    def _replace_names(self, text: str) -> tuple[str, int]:
        if self._names is None:
            return text, 0
        composed = unicodedata.normalize("NFC", text)
        folded, places = _folded(composed)
        kept, end, count = [], 0, 0
        for found in self._names.finditer(folded):
            start = places[found.start()]
            if start < end:
                continue  # two matches within one character that unfolds to several
            kept += [composed[end:start], self._labels[(found.lastindex or 1) - 1]]
            end = places[found.end() - 1] + 1
            count += 1
        return ("".join(kept) + composed[end:], count) if count else (text, 0)


def _replace(pattern: re.Pattern[str], text: str, label: str) -> tuple[str, int]:
    folded, places = _folded(text)
    spans = [(places[found.start()], places[found.end() - 1] + 1) for found in pattern.finditer(folded)]
    for start, end in reversed(spans):
        text = text[:start] + label + text[end:]
    return text, len(spans)


def _folded(text: str) -> tuple[str, list[int]]:
    """Case and width folded, invisible characters left out; and for each character where it came from."""
    signs, places = [], []
    for place, sign in enumerate(text):
        if unicodedata.category(sign) == "Cf":
            continue
        for one in unicodedata.normalize("NFKC", sign).casefold():
            signs.append(one)
            places.append(place)
    return "".join(signs), places


def fold(text: str) -> str:
    """As names are compared."""
    return _folded(unicodedata.normalize("NFC", text))[0]


def patterns(written: str, *, person: bool) -> set[str]:
    """What of a name is looked for: all of it, its part in each script, and of a person each word."""
    whole = fold(written).strip()
    runs = re.findall(rf"[{_HAN}]+", whole) + re.findall(rf"[^\W\d_{_HAN}]+(?:[\s'.-]+[^\W\d_{_HAN}]+)*", whole)
    found = {_spelled(one) for one in [whole, *runs] if _is_telling(one)}
    if _is_telling(whole) and not re.fullmatch(_spelled(whole), whole):
        found.add(re.escape(whole))  # with whatever signs stand in it: 赵 (女)
    if person:
        words = [word for word in re.findall(rf"[^\W\d_{_HAN}]+", whole) if word not in _LATIN_TITLES]
        found |= {_spelled(word) for word in words if len(word) >= 3}
        for run in re.findall(rf"[{_HAN}]+", whole):
            found |= _han_name(run)
    return found


def _is_telling(one: str) -> bool:
    letters = re.sub(r"[\W_]", "", one)
    least = 2 if re.search(rf"[{_HAN}]", letters) else 3
    return len(letters) >= least and letters not in _LATIN_TITLES and letters not in _TITLES


def _han_name(run: str) -> set[str]:
    """Given names alone (of surnames of one character or two), and the surname where a title follows or 老/小 stands
    before it: alone it is a word like any other."""
    for title in _TITLES:
        run = run.removesuffix(title)
    if not 1 <= len(run) <= 4:
        return set()
    after = "|".join(_AFTER)
    found = {_spelled(run[cut:]) for cut in (1, 2) if len(run) - cut >= 2}
    if len(run) >= 2:
        found.add(_spelled(run))
    surname = re.escape(run[0])
    return found | {rf"{surname}(?={after})", rf"(?<=[老小]){surname}"}


def _spelled(name: str) -> str:
    """A pattern for it with anything that divides between its characters (Han) or words (others)."""
    parts = re.findall(rf"[{_HAN}]|[^\W_{_HAN}]+", name)
    pattern = _BETWEEN.join(re.escape(part) for part in parts)
    if len(name) <= _WHOLE_WORD and name.isascii():
        return rf"(?<![a-z0-9]){pattern}(?![a-z0-9])"
    return pattern
