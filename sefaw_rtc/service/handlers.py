"""Which function carries out which message. A test holds it to the wire's union."""

from typing import cast

from sefaw_rtc.service import lobby_messages as lobby
from sefaw_rtc.service import looking_messages as looking
from sefaw_rtc.service import recording_messages as recording
from sefaw_rtc.service import seat_messages as seat
from sefaw_rtc.service.client import Handler, Handlers
from signalling import messages as wire

# Each takes its own message type; the table's key is what makes the cast true.
HANDLERS: Handlers = {
    wire.Hello: cast("Handler", lobby.hello),
    wire.SetOnCall: cast("Handler", lobby.set_on_call),
    wire.Call: cast("Handler", lobby.call),
    wire.CancelCall: cast("Handler", lobby.cancel_call),
    wire.AnswerCall: cast("Handler", lobby.answer_call),
    wire.DeclineCall: cast("Handler", lobby.decline_call),
    wire.Enter: cast("Handler", lobby.enter),
    wire.Join: cast("Handler", seat.join),
    wire.Resume: cast("Handler", seat.resume),
    wire.Offer: cast("Handler", seat.offer),
    wire.SetMedia: cast("Handler", seat.set_media),
    wire.Chat: cast("Handler", seat.chat),
    wire.Watch: cast("Handler", seat.watch),
    wire.Invite: cast("Handler", seat.invite),
    wire.CancelInvitation: cast("Handler", seat.cancel_invitation),
    wire.HangUp: cast("Handler", seat.hang_up),
    wire.Leave: cast("Handler", seat.leave),
    wire.Ping: cast("Handler", seat.ping),
    wire.FastUp: cast("Handler", seat.fast_up),
    wire.ShareStudy: cast("Handler", looking.share_study),
    wire.ConfirmStudy: cast("Handler", looking.confirm_study),
    wire.WithdrawStudy: cast("Handler", looking.withdraw_study),
    wire.ChangeLayout: cast("Handler", looking.change_layout),
    wire.ChangeView: cast("Handler", looking.change_view),
    wire.AskLead: cast("Handler", looking.ask_lead),
    wire.GiveLead: cast("Handler", looking.give_lead),
    wire.TakeLead: cast("Handler", looking.take_lead),
    wire.ReturnLead: cast("Handler", looking.return_lead),
    wire.SayShowing: cast("Handler", looking.say_showing),
    wire.AddMark: cast("Handler", looking.add_mark),
    wire.RemoveMark: cast("Handler", looking.remove_mark),
    wire.GiveCue: cast("Handler", looking.give_cue),
    wire.AskMachine: cast("Handler", looking.ask_machine),
    wire.AnswerMachine: cast("Handler", looking.answer_machine),
    wire.AskFreeze: cast("Handler", looking.ask_freeze),
    wire.DeclineFreeze: cast("Handler", looking.decline_freeze),
    wire.GiveConsent: cast("Handler", recording.give_consent),
    wire.WithdrawConsent: cast("Handler", recording.withdraw_consent),
    wire.PauseRecording: cast("Handler", recording.pause),
    wire.ResumeRecording: cast("Handler", recording.resume),
}
