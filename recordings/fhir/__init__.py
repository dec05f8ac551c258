"""A consultation as HL7 FHIR R4 resources: plain dicts made from its log, in one Bundle that is the same bytes each
time it is made. What becomes what, and what is lost, is in docs/fhir.md."""

from recordings.fhir.audit import Access, AuditKind, Use, accesses_of
from recordings.fhir.bundle import Exported, bundle, bundle_bytes
from recordings.fhir.names import Json

__all__ = ["Access", "AuditKind", "Exported", "Json", "Use", "accesses_of", "bundle", "bundle_bytes"]
