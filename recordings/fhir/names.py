"""Ids, references, codes, times: the small parts that every resource is made of.

An id is a UUID (version 5) of the consultation's id and what the resource is in it: always the same, and never made
from a name. Systems of identifiers that are ours are UUIDs too: no address on the web is promised.
"""

import uuid
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final

from signalling.ids import ConsultationId

Json = dict[str, Any]

_NAMESPACE: Final = uuid.UUID("0b0d6e0c-0f57-5e0f-8f0e-3e1f5a0c9d21")  # chosen once, for ever
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = 253_402_214_400_000_000  # µs: the last day that a year of four digits holds in every zone
TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem/"
LOINC: Final = "http://loinc.org"
DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"


def resource_id(consultation: ConsultationId, *what: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, chr(31).join((consultation, *what))))


def system(*what: str) -> str:
    """The system of an identifier of ours."""
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, chr(31).join(('system', *what)))}"


def begin(kind: str, consultation: ConsultationId, *what: str) -> Json:
    return {"resourceType": kind, "id": resource_id(consultation, kind, *what)}


def reference(resource: Json) -> Json:
    """To another entry of the Bundle (R4 3.1.0.5.1: by its fullUrl)."""
    return {"reference": f"urn:uuid:{resource['id']}", "type": resource["resourceType"]}


def coding(of: str, code: str, display: str) -> Json:
    return {"system": of, "code": code, "display": display}


def concept(of: str, code: str, display: str) -> Json:
    return {"coding": [coding(of, code, display)]}


def instant(unix_us: int, zone: tzinfo) -> str:
    """To the millisecond, with its zone."""
    at = _EPOCH + timedelta(microseconds=min(unix_us, _LAST))
    return at.astimezone(zone).isoformat(timespec="milliseconds")


def plain(text: str) -> str:
    """A `string` of FHIR has no control characters but tab and line ends, and is not empty."""
    return "".join(sign for sign in text if sign >= " " or sign in "\t\r\n").strip()


def pruned(value: Json) -> Json:
    """FHIR has no empty values: what is not known is not there."""
    return {name: one for name, inner in value.items() if not _is_empty(one := _prune(inner))}


def _prune(value: Any) -> Any:
    if isinstance(value, dict):
        return pruned(value)
    if isinstance(value, list):
        return [one for inner in value if not _is_empty(one := _prune(inner))]
    return plain(value) if isinstance(value, str) else value


def _is_empty(value: object) -> bool:
    return value is None or value in ("", [], {})
