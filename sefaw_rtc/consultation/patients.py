"""Whether two patients are surely the same one. Pure; the answer decides whether pictures need somebody's word before
they are shown, so in doubt it is no."""

import unicodedata
from dataclasses import dataclass

from signalling.events import Patient
from signalling.looking import PicturePatient
from signalling.vocabulary import Sex

# What PN (DICOM PS3.5 6.2.1) puts between the parts of a name, and what people put there instead.
_BETWEEN = str.maketrans("", "", "^,.·・'’()（）-")
_SEXES = {"F": Sex.FEMALE, "M": Sex.MALE}


@dataclass(frozen=True, slots=True)
class Identity:
    """What can be compared. `names`: every way of writing it, without what writers differ in; `birth_year` 0 and `sex`
    None = not known."""

    identifier: str
    names: frozenset[str]
    birth_year: int
    sex: Sex | None


def identity_of(patient: Patient) -> Identity:
    """Of whom the consultation is about."""
    sex = patient.sex if patient.sex in _SEXES.values() else None
    return Identity(_plain(patient.identifier), names_of(patient.name), patient.birth_year, sex)


def identity_in(pictures: PicturePatient) -> Identity:
    """Of whom the pictures name."""
    year = int(pictures.birth_date[:4] or 0)
    return Identity(_plain(pictures.identifier), names_of(pictures.name), year, _SEXES.get(pictures.sex))


def same(one: Identity, other: Identity) -> bool:
    """Equal identifiers where both have one; else a name in common, and neither year of birth nor sex against it:
    there are many of one name in a county. Nothing to compare is not the same."""
    if one.identifier and other.identifier:
        return one.identifier == other.identifier
    if one.birth_year and other.birth_year and one.birth_year != other.birth_year:
        return False
    if one.sex is not None and other.sex is not None and one.sex is not other.sex:
        return False
    return bool(one.names & other.names)


def names_of(name: str) -> frozenset[str]:
    """The component groups of a PN (alphabetic=ideographic=phonetic), each without carets, spaces and case. Parts keep
    their order: turning a name round could make another person of it."""
    return frozenset(plain for group in name.split("=") if (plain := _plain(group)))


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(folded.split()).translate(_BETWEEN)
