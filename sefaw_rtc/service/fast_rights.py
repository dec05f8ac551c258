"""What the plane is told of each page's rights on the fast lane: whether it may send at all, and under which epoch it
may move what the leader shows."""

from typing import Final

from sefaw_rtc.media import port
from sefaw_rtc.service.media_link import MediaLink
from signalling.ids import ParticipantId
from signalling.state import State
from signalling.vocabulary import Role

# Those who look together, not those who only watch.
SENDS: Final = frozenset({Role.VILLAGE_DOCTOR, Role.OPERATOR, Role.SPECIALIST})


def tell(media: MediaLink, state: State, participant: ParticipantId) -> None:
    """Of one participant: it came in, or has a new peer."""
    lead = state.looking.lead
    epoch = lead.epoch if lead.holder == participant else 0
    for seat in state.participants:
        if seat.participant == participant:
            for peer in media.of(participant, port.PeerKind.WIRE):
                media.fast_rights(peer, send=seat.person.role in SENDS, lead=epoch)


def tell_all(media: MediaLink, state: State) -> None:
    """Of everybody: somebody else leads, or nobody."""
    for seat in state.participants:
        tell(media, state, seat.participant)
