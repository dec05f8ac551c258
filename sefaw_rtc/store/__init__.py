"""Records that outlive the process: institutions, accounts, sessions, patients, the index of consultations."""

from sefaw_rtc.store.records import (
    AccountRecord,
    ConsultationRecord,
    InstitutionRecord,
    PatientId,
    PatientRecord,
    SessionRecord,
    new_id,
    normal_user,
)
from sefaw_rtc.store.store import Store

__all__ = [
    "AccountRecord",
    "ConsultationRecord",
    "InstitutionRecord",
    "PatientId",
    "PatientRecord",
    "SessionRecord",
    "Store",
    "new_id",
    "normal_user",
]
