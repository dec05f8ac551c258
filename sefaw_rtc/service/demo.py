"""The demo: two institutions, an account per role, patients, and consultations that stand open for encoders and
players. Everything here is made up; a demo server listens on loopback only."""

from dataclasses import dataclass
from typing import Final

from sefaw_rtc.access import Audience
from sefaw_rtc.access.passwords import Passwords
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.service.guests import guest
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.registry import Registry
from sefaw_rtc.service.services import Services
from sefaw_rtc.service.tickets import media_token
from sefaw_rtc.store import AccountRecord, InstitutionRecord, Store, new_id
from signalling.events import Patient, Person, Requested
from signalling.ids import ConsultationId
from signalling.vocabulary import Role, Sex, Urgency

CLINIC: Final = "青山镇卫生院 Qingshan Township Clinic"
HOSPITAL: Final = "县人民医院 County People's Hospital"
BOT: Final = "bot"

ULTRASOUND: Final = "超声科 Ultrasound"
CARDIOLOGY: Final = "心内科 Cardiology"
PAEDIATRICS: Final = "儿科 Paediatrics"

# user, name, role, institution, department
_ACCOUNTS: Final = (
    ("village", "李梅 Li Mei", Role.VILLAGE_DOCTOR, CLINIC, ""),
    ("specialist", "王建国 Wang Jianguo", Role.SPECIALIST, HOSPITAL, ULTRASOUND),
    ("specialist2", "陈静 Chen Jing", Role.SPECIALIST, HOSPITAL, CARDIOLOGY),
    ("specialist3", "何平 He Ping", Role.SPECIALIST, HOSPITAL, PAEDIATRICS),
    ("operator", "赵强 Zhao Qiang", Role.OPERATOR, CLINIC, ""),
    ("reviewer", "孙莉 Sun Li", Role.REVIEWER, HOSPITAL, ""),
    ("observer", "周洋 Zhou Yang", Role.OBSERVER, HOSPITAL, ""),
    ("admin", "吴敏 Wu Min", Role.ADMINISTRATOR, HOSPITAL, ""),
    (BOT, "演示专家 Demo specialist", Role.SPECIALIST, HOSPITAL, ULTRASOUND),
)

_PATIENTS: Final = (
    Patient(name="张桂英", sex=Sex.FEMALE, birth_year=1951, identifier="QS-0001"),
    Patient(name="刘志明", sex=Sex.MALE, birth_year=1968, identifier="QS-0002"),
    Patient(name="杨秀兰", sex=Sex.FEMALE, birth_year=1979, identifier="QS-0003"),
    Patient(name="黄小宝", sex=Sex.MALE, birth_year=2021, identifier="QS-0004"),
    Patient(name="Tenzin Dolma", sex=Sex.FEMALE, birth_year=1990, identifier="QS-0005"),
    Patient(name="马国栋", sex=Sex.MALE, birth_year=1943, identifier="QS-0006"),
)

PUBLISHERS: Final = ("publisher", "publisher2")
VIEWER: Final = "viewer"


@dataclass(frozen=True)
class DemoAccount:
    """An account that the ready file names, with the password a newcomer types."""

    user: str
    password: str
    role: Role
    display: str


async def ensure_accounts(store: Store) -> list[DemoAccount]:
    """Make what is missing: the second start finds everything. The passwords stand in the documentation, so their
    hashes are cheap ones: nobody waits for all of them at the first start."""
    now, passwords = unix_s(), Passwords(memory_kib=1024, passes=1)
    houses = {name: await store.run(store.institutions.ensure, name, now) for name in (CLINIC, HOSPITAL)}
    for user, name, role, house, department in _ACCOUNTS:
        if await store.run(store.accounts.by_user, user) is None:
            hashed = await passwords.renew(password_of(user))
            added = await store.run(
                store.accounts.add,
                user=user,
                name=name,
                role=role,
                institution=houses[house].id,
                password_hash=hashed,
                now_s=now,
            )
            await store.run(store.departments.assign, added.id, department)
    passwords.close()
    await _ensure_patients(store, houses[CLINIC], now)
    return [DemoAccount(user, password_of(user), role, name) for user, name, role, *_ in _ACCOUNTS]


def password_of(user: str) -> str:
    """The fixed password of a demo account."""
    return f"demo-{user}"


async def bot_account(store: Store) -> AccountRecord | None:
    """The demo specialist's account."""
    return await store.run(store.accounts.by_user, BOT)


async def open_consultations(registry: Registry, house: InstitutionRecord, count: int) -> list[Host]:
    """So many open demo consultations: those that a former process left, and new ones."""
    hosts = [host for host in registry if host.demo][:count]
    for host in hosts:
        _invite(host, house)
    while len(hosts) < count:
        consultation = ConsultationId(new_id())
        requester = _guest(consultation, house, PUBLISHERS[0])
        request = Requested(
            requester=requester,
            patient=Patient(name="示例 Example"),
            reason="演示 Demo",
            urgency=Urgency.ROUTINE,
        )
        host = await registry.open_demo(request, consultation)
        _invite(host, house)
        hosts.append(host)
    return hosts


def tokens(services: Services, host: Host) -> dict[str, str]:
    """Bearer tokens for the two publishers and for viewers."""
    now = unix_s()
    issued = {}
    for label in (*PUBLISHERS, VIEWER):
        audience = Audience.WHEP if label == VIEWER else Audience.WHIP
        person = next(p for p in host.guests.values() if p.name == label)
        issued[label] = media_token(services, host, person, audience, now)
    return issued


def _invite(host: Host, house: InstitutionRecord) -> None:
    for label in (*PUBLISHERS, VIEWER):
        person = _guest(host.id, house, label)
        host.guests[person.account] = person


def _guest(consultation: ConsultationId, house: InstitutionRecord, label: str) -> Person:
    role = Role.OBSERVER if label == VIEWER else Role.OPERATOR
    return guest(consultation, label, role, house.name, house.id)


async def _ensure_patients(store: Store, clinic: InstitutionRecord, now: int) -> None:
    if not await store.run(store.patients.of_institution, clinic.id):
        for patient in _PATIENTS:
            await store.run(store.patients.add, clinic.id, patient, now)
