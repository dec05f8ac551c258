"""Which consultations are reviewed, and why: all with a critical value, the first of a new doctor, and a share of the
rest by lot.

The lot is HMAC-SHA256 (RFC 2104) of the consultation's id under the site's secret seed: whoever has the seed can draw
it again and find the same, and who does not have it can neither foresee nor choose.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta

from signalling.ids import AccountRef, ConsultationRef, Count
from signalling.record import Record

SEED_LEAST: Final = 16  # bytes: 128 bits are not guessed
MILLION: Final = 1_000_000
_REVIEW: Final = b"sefaw-rtc review sample v1\n"  # a draw of its own for each question
_DOUBLE: Final = b"sefaw-rtc double review v1\n"

PerMillion = Annotated[int, Meta(ge=0, le=MILLION)]


class SampleReason(StrEnum):
    """Why it was chosen: the first that holds."""

    CRITICAL = "critical"
    NEW_DOCTOR = "new_doctor"
    RANDOM = "random"


class Rules(Record, frozen=True):
    """`new_doctor_first`: how many of a doctor's first consultations; `random_ppm`: of the rest; `double_ppm`: how
    many of those chosen are read by two. In 1/1,000,000."""

    critical: bool = True
    new_doctor_first: Annotated[int, Meta(ge=0, le=10_000)] = 20
    random_ppm: PerMillion = 50_000
    double_ppm: PerMillion = 100_000


class Candidate(Record, frozen=True):
    """A closed consultation: who gave the opinion, when it was asked for (Unix ms), whether it held a critical
    value."""

    consultation: ConsultationRef
    doctor: AccountRef
    at: Count
    critical: bool


class Chosen(Record, frozen=True):
    """One to be reviewed. `double`: by two who do not see each other."""

    consultation: ConsultationRef
    reason: SampleReason
    double: bool


def sample(
    candidates: Iterable[Candidate], rules: Rules, seed: bytes, earlier: Mapping[str, int] | None = None
) -> list[Chosen]:
    """Those to be reviewed, in order of time. `earlier`: how many consultations each doctor had before these.
    Raises `ValueError` for a seed that can be guessed."""
    if len(seed) < SEED_LEAST:
        raise ValueError(f"the seed needs {SEED_LEAST} bytes")
    seen = Counter(earlier or {})
    chosen = []
    for one in sorted(candidates, key=lambda c: (c.at, c.consultation)):
        seen[one.doctor] += 1
        reason = _reason(one, seen[one.doctor], rules, seed)
        if reason is not None:
            double = drawn(seed, _DOUBLE, one.consultation, rules.double_ppm)
            chosen.append(Chosen(consultation=one.consultation, reason=reason, double=double))
    return chosen


def drawn(seed: bytes, question: bytes, consultation: str, ppm: int) -> bool:
    """Whether the lot falls on it. Drawn at one rate, it is drawn at every higher one."""
    lot = int.from_bytes(hmac.digest(seed, question + consultation.encode(), hashlib.sha256)[:8], "big")
    return lot * MILLION < ppm << 64


def _reason(one: Candidate, nth: int, rules: Rules, seed: bytes) -> SampleReason | None:
    if rules.critical and one.critical:
        return SampleReason.CRITICAL
    if nth <= rules.new_doctor_first:
        return SampleReason.NEW_DOCTOR
    return SampleReason.RANDOM if drawn(seed, _REVIEW, one.consultation, rules.random_ppm) else None
