"""A consultation by its id, live or closed, as `decide()` sees it."""

from dataclasses import dataclass

from sefaw_rtc.access import Resource
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.services import Services
from signalling.ids import ConsultationId
from signalling.messages import Brief


@dataclass(frozen=True)
class Found:
    """`host` while it lives, `brief` from the index after it; neither = unknown, and a resource that nobody has a
    right to: what is not known is refused like what is not one's own."""

    consultation: ConsultationId
    resource: Resource
    host: Host | None = None
    brief: Brief | None = None


async def find(services: Services, consultation: ConsultationId) -> Found:
    """Ask the registry, then the index."""
    host = services.registry.get(consultation)
    if host is not None:
        return Found(consultation, await services.rights.resource(host.resource(), host), host=host)
    record = await services.store.run(services.store.consultations.get, consultation)
    if record is None:
        return Found(consultation, Resource(consultation=consultation))
    resource = Resource(
        institution=record.institution,
        answering=record.brief.specialist.institution if record.brief.specialist else None,
        consultation=consultation,
        requester=record.brief.requester.account,
        participants=record.members,
    )
    return Found(consultation, await services.rights.resource(resource), brief=record.brief)
