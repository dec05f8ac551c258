"""The messages of looking together: the folder, the lead, Views, marks, guiding the probe, stills."""

from collections.abc import Callable

from sefaw_rtc.consultation.looking import Looking
from sefaw_rtc.dicom.port import NoSuchPictureError, SourceUnavailableError
from sefaw_rtc.errors import UserError
from sefaw_rtc.service import encoder_freezes
from sefaw_rtc.service.client import Client
from signalling import looking as look
from signalling import messages as wire
from signalling.ids import ParticipantId
from signalling.vocabulary import ErrorCode

# ---- the folder -----------------------------------------------------------------------------------------------------


async def share_study(client: Client, message: wire.ShareStudy) -> None:
    """A study that this participant's institution has."""
    seat = client.seated(message)
    try:
        study, series = await client.services.pictures.describe(message.study, message.source, seat.person.institution)
    except NoSuchPictureError:
        raise UserError(ErrorCode.NOT_FOUND, "study") from None
    except SourceUnavailableError:
        raise UserError(ErrorCode.SOURCE_UNAVAILABLE) from None
    _do(client, message, lambda heart, now, me: heart.handle_share(now, me, study, series))


async def confirm_study(client: Client, message: wire.ConfirmStudy) -> None:
    """These pictures are meant."""
    _do(client, message, lambda heart, now, me: heart.handle_confirm(now, me, message.study))


async def withdraw_study(client: Client, message: wire.WithdrawStudy) -> None:
    """Out of the folder."""
    _do(client, message, lambda heart, now, me: heart.handle_withdraw(now, me, message.study))


# ---- the lead and what it shows -------------------------------------------------------------------------------------


async def ask_lead(client: Client, message: wire.AskLead) -> None:
    """I would like to lead."""
    _do(client, message, lambda heart, now, me: heart.handle_ask_lead(now, me))


async def give_lead(client: Client, message: wire.GiveLead) -> None:
    """The bedside lets somebody lead."""
    _do(client, message, lambda heart, now, me: heart.handle_give_lead(now, me, message.participant))


async def take_lead(client: Client, message: wire.TakeLead) -> None:
    """The bedside leads again."""
    _do(client, message, lambda heart, now, me: heart.handle_take_lead(now, me))


async def return_lead(client: Client, message: wire.ReturnLead) -> None:
    """The holder gives it back."""
    _do(client, message, lambda heart, now, me: heart.handle_return_lead(now, me))


async def change_layout(client: Client, message: wire.ChangeLayout) -> None:
    """The leader's viewports."""
    _do(
        client,
        message,
        lambda heart, now, me: heart.handle_layout(now, me, message.epoch, message.rows, message.columns),
    )


async def change_view(client: Client, message: wire.ChangeView) -> None:
    """The leader's View at rest."""
    view = look.ViewChanged(
        epoch=message.epoch,
        viewport=message.viewport,
        image=message.image,
        area=message.area,
        voi=message.voi,
        cine=message.cine,
        counter=message.counter,
    )
    _do(client, message, lambda heart, now, me: heart.handle_view(now, me, view))


async def say_showing(client: Client, message: wire.SayShowing) -> None:
    """What a participant sees of it. Not answered."""
    seat = client.seated(message)
    heart = seat.host.consultation.looking
    seat.host.act(lambda now: heart.handle_showing(now, seat.participant, message.showing, message.behind))


# ---- marks and the probe --------------------------------------------------------------------------------------------


async def add_mark(client: Client, message: wire.AddMark) -> None:
    """Draw."""
    _do(client, message, lambda heart, now, me: heart.handle_mark(now, me, message.mark))


async def remove_mark(client: Client, message: wire.RemoveMark) -> None:
    """Take back one's own."""
    _do(client, message, lambda heart, now, me: heart.handle_remove_mark(now, me, message.key))


async def give_cue(client: Client, message: wire.GiveCue) -> None:
    """Where to move the probe."""
    _do(client, message, lambda heart, now, me: heart.handle_cue(now, me, message.cue))


async def ask_machine(client: Client, message: wire.AskMachine) -> None:
    """Something is asked for at the machine."""
    _do(client, message, lambda heart, now, me: heart.handle_ask_machine(now, me, message.key, message.control))


async def answer_machine(client: Client, message: wire.AnswerMachine) -> None:
    """The bedside did it, or will not."""
    _do(client, message, lambda heart, now, me: heart.handle_answer_machine(now, me, message.key, done=message.done))


# ---- stills ---------------------------------------------------------------------------------------------------------


async def ask_freeze(client: Client, message: wire.AskFreeze) -> None:
    """A frame is to become a still. Nobody waits for an encoder that does not listen."""
    host = client.seated(message).host
    _do(client, message, lambda heart, now, me: heart.handle_ask_freeze(now, me, message.key, message.frame))
    if not encoder_freezes.ask(host, message.frame.track):
        host.act(lambda now: host.consultation.looking.handle_no_publisher(now, message.key))


async def decline_freeze(client: Client, message: wire.DeclineFreeze) -> None:
    """The publisher no longer has that frame."""
    _do(client, message, lambda heart, now, me: heart.handle_decline_freeze(now, me, message.key))


def _do(client: Client, message: wire.LookingMessage, decide: Callable[[Looking, int, ParticipantId], None]) -> None:
    """Ask whether this participant may, ask the heart, say that it is done."""
    seat = client.seated(message)
    seat.host.act(lambda now: decide(seat.host.consultation.looking, now, seat.participant))
    client.send(wire.Done(re=getattr(message, "re", 0)))
