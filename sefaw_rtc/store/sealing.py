"""What of the index speaks of a patient is sealed, each row with its consultation's own key, so that a consultation can
be erased from here too. The store knows no keys: whoever opens it gives it a `Sealing`."""

from typing import Protocol

import msgspec

from sefaw_rtc.errors import StoreError
from signalling.events import Patient
from signalling.ids import ConsultationId


class Sealing(Protocol):
    """Whoever knows the consultations' keys. `place` binds to a row: it opens nowhere else."""

    def seal(self, consultation: ConsultationId, place: str, plain: bytes) -> bytes | None:
        """None: the consultation is erased. Raises `StoreError`."""

    def open(self, consultation: ConsultationId, place: str, sealed: bytes) -> bytes | None:
        """None: it is erased, or cannot be read here."""

    def ensure(self, consultation: ConsultationId) -> None:
        """One of before there were keys gets its own. Raises `StoreError`."""


class NoKeys:
    """For a command that needs nothing of patients: it sees none, and writes none."""

    def seal(self, _consultation: ConsultationId, _place: str, _plain: bytes) -> bytes | None:
        raise StoreError("The database was opened without its keys.")

    def open(self, _consultation: ConsultationId, _place: str, _sealed: bytes) -> bytes | None:
        return None

    def ensure(self, _consultation: ConsultationId) -> None:
        raise StoreError("The database was opened without its keys.")


class Personal(msgspec.Struct, frozen=True, kw_only=True):
    """What of a consultation's row is sealed."""

    patient: Patient
    reason: str

    def text(self) -> str:
        """What a search looks at."""
        return f"{self.patient.name}\n{self.patient.identifier}\n{self.reason}".casefold()


# Signs, not words: what stands where something was erased.
ERASED = Personal(patient=Patient(name="—"), reason="—")


def seal_personal(sealing: Sealing, consultation: ConsultationId, personal: Personal) -> bytes | None:
    return sealing.seal(consultation, _row(consultation), msgspec.json.encode(personal))


def open_personal(sealing: Sealing, consultation: ConsultationId, sealed: bytes) -> Personal | None:
    plain = sealing.open(consultation, _row(consultation), sealed)
    try:
        return None if plain is None else msgspec.json.decode(plain, type=Personal)
    except (msgspec.DecodeError, UnicodeError):
        return None


def _row(consultation: ConsultationId) -> str:
    return f"consultation:{consultation}"
