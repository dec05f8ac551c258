"""The messages of recording: consent, pause."""

import asyncio

from sefaw_rtc.service.client import Client
from sefaw_rtc.service.clock import unix_ms
from signalling import messages as wire


async def give_consent(client: Client, message: wire.GiveConsent) -> None:
    """The patient agreed. The clip or the form is among the consultation's attachments already."""
    seat, consent = client.seated(message), message.consent
    if consent.proof:
        await asyncio.to_thread(client.services.shelf.keep, seat.host.id, consent.proof)
    heart = seat.host.consultation.recording
    seat.host.act(lambda now: heart.handle_consent(now, seat.participant, consent, unix_ms()))
    client.send(wire.Done(re=message.re))


async def withdraw_consent(client: Client, message: wire.WithdrawConsent) -> None:
    """It holds no longer."""
    seat = client.seated(message)
    heart = seat.host.consultation.recording
    seat.host.act(lambda now: heart.handle_withdraw(now, seat.participant))
    client.send(wire.Done(re=message.re))


async def pause(client: Client, message: wire.PauseRecording) -> None:
    """Leave out what follows."""
    seat = client.seated(message)
    heart = seat.host.consultation.recording
    seat.host.act(lambda now: heart.handle_pause(now, seat.participant, message.reason))
    client.send(wire.Done(re=message.re))


async def resume(client: Client, message: wire.ResumeRecording) -> None:
    """Go on."""
    seat = client.seated(message)
    heart = seat.host.consultation.recording
    seat.host.act(lambda now: heart.handle_resume(now, seat.participant))
    client.send(wire.Done(re=message.re))
