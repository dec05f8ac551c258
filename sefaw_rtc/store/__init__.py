"""Records that outlive the process: accounts, sessions, the rota, patients, the index of consultations."""

from sefaw_rtc.store.consultations import Listing
from sefaw_rtc.store.records import (
    AccountRecord,
    ConsultationRecord,
    DepartmentRecord,
    DraftRecord,
    InstitutionRecord,
    PatientId,
    PatientRecord,
    SessionRecord,
    ShiftId,
    ShiftRecord,
    SigningKeyRecord,
    new_id,
    normal_user,
)
from sefaw_rtc.store.sealing import ERASED, Sealing
from sefaw_rtc.store.store import Store

__all__ = [
    "ERASED",
    "AccountRecord",
    "ConsultationRecord",
    "DepartmentRecord",
    "DraftRecord",
    "InstitutionRecord",
    "Listing",
    "PatientId",
    "PatientRecord",
    "Sealing",
    "SessionRecord",
    "ShiftId",
    "ShiftRecord",
    "SigningKeyRecord",
    "Store",
    "new_id",
    "normal_user",
]
