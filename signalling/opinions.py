"""What a specialist signs: the canonical text of an opinion. The same bytes for the server that signs, for whoever
checks a signature later, and for the archive."""

from typing import Final

from msgspec import to_builtins

from signalling.canonical import canonical
from signalling.events import Opinion, Patient, Person
from signalling.ids import ConsultationId

# Separates this signature from any other use of the same key.
DOMAIN: Final = b"sefaw-rtc opinion v1\n"


def signed_text(
    *,
    consultation: ConsultationId,
    patient: Patient,
    number: int,
    amends: int,
    opinion: Opinion,
    signer: Person,
    at: int,
) -> bytes:
    """The bytes under the signature: a domain line, then RFC 8785 canonical JSON. `at` in Unix ms."""
    return DOMAIN + canonical(
        {
            "consultation": consultation,
            "patient": to_builtins(patient),
            "number": number,
            "amends": amends,
            "opinion": to_builtins(opinion),
            "signer": to_builtins(signer),
            "at": at,
        }
    )
