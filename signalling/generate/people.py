"""The people of the examples and scenarios. Made up; ids are a letter repeated, so that a reader knows them again."""

from signalling.events import Patient, Person
from signalling.ids import AccountId, ConsultationId, InstanceId, InstitutionId, SeriesId, StudyId
from signalling.looking import Picture
from signalling.vocabulary import Role, Sex

TOWNSHIP = InstitutionId("q" * 26)
COUNTY = InstitutionId("c" * 26)
CONSULTATION = ConsultationId("abcdefghijklmnopqrstuvwxy2")
TOKEN = "eyJhbGciOiJIUzI1NiJ9.e30.signature"  # noqa: S105 - the shape of one


def person(letter: str, name: str, role: Role, *, county: bool = False) -> Person:
    """Somebody of the township clinic, or of the county hospital."""
    return Person(
        account=AccountId(letter * 26),
        name=name,
        role=role,
        site="县人民医院 County People's Hospital" if county else "青山镇卫生院 Qingshan Township Clinic",
        institution=COUNTY if county else TOWNSHIP,
    )


VILLAGE = person("v", "李医生 Dr Li", Role.VILLAGE_DOCTOR)
OPERATOR = person("o", "王芳", Role.OPERATOR)
SPECIALIST = person("s", "Dr Zhang 张", Role.SPECIALIST, county=True)
SECOND = person("t", "Dr Chen", Role.SPECIALIST, county=True)
OBSERVER = person("w", "Ann O'Neil", Role.OBSERVER, county=True)
PATIENT = Patient(name="赵 (女)", sex=Sex.FEMALE, birth_year=1961, identifier="QS-0042")

STUDY = StudyId("1.2.826.0.1.3680043.8.498.1")
CT = SeriesId("1.2.826.0.1.3680043.8.498.1.2")
SLICE = Picture(study=STUDY, series=CT, instance=InstanceId("1.2.826.0.1.3680043.8.498.1.2.17"))
