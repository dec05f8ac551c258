"""Patient, Practitioner, PractitionerRole, Organization, and the Device that is this server: as far as the log knows
them."""

from collections.abc import Iterable
from typing import Final

from recordings.fhir.names import Json, begin, reference, system
from signalling import events as ev
from signalling.events import Event, Grant, Patient, Person
from signalling.ids import AccountId, ConsultationId, InstitutionId
from signalling.vocabulary import Role, Sex

_GENDER: Final = {Sex.FEMALE: "female", Sex.MALE: "male", Sex.OTHER: "other", Sex.UNKNOWN: "unknown"}


class People:
    """Everybody of the log, each once, and what the other resources refer to."""

    def __init__(self, consultation: ConsultationId, software: str) -> None:
        self._consultation = consultation
        self.patient: Json | None = None
        self.device: Json = {
            **begin("Device", consultation),
            "deviceName": [{"name": "Sefaw RTC", "type": "model-name"}],
            "version": [{"value": software}],
        }
        self._roles: dict[AccountId, Json] = {}
        self._persons: dict[AccountId, Json] = {}
        self._organizations: dict[InstitutionId, Json] = {}

    def resources(self) -> list[Json]:
        found = [*self._organizations.values(), *self._persons.values(), *self._roles.values(), self.device]
        return [self.patient, *found] if self.patient else found

    def about(self, patient: Patient, requester: Person) -> None:
        """The identifier is the requesting site's own number."""
        self.patient = {
            **begin("Patient", self._consultation),
            "identifier": [{"system": system("patient", requester.institution), "value": patient.identifier}],
            "name": [{"text": patient.name}],
            "gender": _GENDER[patient.sex],
            "birthDate": f"{patient.birth_year:04d}" if patient.birth_year else "",
            "managingOrganization": reference(self.organization(requester)),
        }
        if not patient.identifier:
            del self.patient["identifier"]

    def person(self, one: Person) -> Json:
        """The same person is one resource, as the log first names it. With it come its role and its institution."""
        if one.account not in self._persons:
            self._persons[one.account] = self._practitioner(one.account, one.name)
        if one.account not in self._roles:
            self._roles[one.account] = {
                **begin("PractitionerRole", self._consultation, one.account),
                "practitioner": reference(self._persons[one.account]),
                "organization": reference(self.organization(one)),
                "code": [{"coding": [{"system": system("role"), "code": one.role.value}]}],
                "specialty": [{"text": one.department}],
            }
        return self._persons[one.account]

    def organization(self, one: Person) -> Json:
        return self._house(one.institution, one.site)

    def recipient(self, grant: Grant) -> Json:
        """Whom a grant is for: somebody, of whom the log may know no more than this, or a whole institution."""
        house = self._house(grant.institution, grant.site)
        if grant.account is None:
            return house
        return self._persons.setdefault(grant.account, self._practitioner(grant.account, grant.name))

    def _practitioner(self, account: AccountId, name: str) -> Json:
        return {
            **begin("Practitioner", self._consultation, account),
            "identifier": [{"system": system("account"), "value": account}],
            "name": [{"text": name}],
        }

    def _house(self, institution: InstitutionId, site: str) -> Json:
        return self._organizations.setdefault(
            institution,
            {
                **begin("Organization", self._consultation, institution),
                "identifier": [{"system": system("institution"), "value": institution}],
                "name": site,
            },
        )

    def subject(self) -> Json | None:
        return reference(self.patient) if self.patient else None


def people_of(consultation: ConsultationId, events: Iterable[Event], software: str) -> People:
    """Who asked, answered, came, signed, read. Who was only rung or invited did nothing and is left out, and so is the
    patient as a participant: FHIR has it as the subject."""
    people = People(consultation, software)
    for event in events:
        match event.body:
            case ev.Requested(requester=requester, patient=patient):
                people.person(requester)
                people.about(patient, requester)
            case ev.Answered(callee=person) | ev.OpinionSigned(signer=person) | ev.OpinionAcknowledged(person=person):
                people.person(person)
            case ev.Joined(person=person) if person.role is not Role.PATIENT:
                people.person(person)
            case _:
                pass
    return people
