"""Participants without an account: the bearers of WHIP and WHEP tokens. Their ids follow from the consultation and a
label, so that the same token is the same participant also after a restart."""

import base64
import hashlib
from functools import lru_cache

from signalling.events import Person
from signalling.ids import AccountId, ConsultationId, InstitutionId
from signalling.vocabulary import Role


@lru_cache(maxsize=4096)  # asked for each viewer's number at each viewer's coming
def guest_account(consultation: ConsultationId, label: str) -> AccountId:
    """The id of a guest of this consultation. 128 bits, like an account's, and as hard to guess."""
    digest = hashlib.sha256(f"guest:{consultation}:{label}".encode()).digest()[:16]
    return AccountId(base64.b32encode(digest).decode("ascii").rstrip("=").lower())


def is_guest(consultation: ConsultationId, person: Person) -> bool:
    """Whether a log's person is one: a guest's name is its label."""
    return person.account == guest_account(consultation, person.name)


def guest(consultation: ConsultationId, label: str, role: Role, site: str, institution: InstitutionId) -> Person:
    """A guest as the others see it: named by its label."""
    return Person(account=guest_account(consultation, label), name=label, role=role, site=site, institution=institution)
