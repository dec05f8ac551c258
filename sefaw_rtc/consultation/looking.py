"""Looking together, as the shell asks for it: `consultation.looking`. Each `handle_*` is refused as the messages of
`signalling.messages.looking` say, besides consultation_closed and, from who is not here, not_found; and has then
changed nothing. What the parts decide is in pictures, lead, views, showing, marks, guidance and freezes.
"""

from collections.abc import Sequence

from sefaw_rtc.consultation.freezes import Freezes
from sefaw_rtc.consultation.guidance import Guidance
from sefaw_rtc.consultation.lead import Lead
from sefaw_rtc.consultation.log import Log
from sefaw_rtc.consultation.marks import Marks
from sefaw_rtc.consultation.pictures import Pictures
from sefaw_rtc.consultation.showing import Showings
from sefaw_rtc.consultation.views import Views
from signalling import looking as look
from signalling.ids import ParticipantId, StudyId
from signalling.vocabulary import Cue, FreezeFault, MachineControl, Showing


class Looking:
    """One per consultation; made by it."""

    def __init__(self, log: Log) -> None:
        self._lead = Lead(log)
        self._pictures = Pictures(log)
        self._views = Views(log, self._lead, self._pictures)
        self._showings = Showings(log)
        self._marks = Marks(log, self._pictures)
        self._guidance = Guidance(log)
        self._freezes = Freezes(log, self._pictures, self._views)

    # ---- the folder -------------------------------------------------------------------------------------------------

    def handle_share(
        self,
        now: int,
        participant: ParticipantId,
        study: look.StudyShared,
        series: Sequence[look.SeriesShared],
        *,
        ours: bool = False,
    ) -> None:
        """A study is in the folder, or has grown. `participant`: who brought it, 0 = a modality, or somebody who is not
        in the call. `study.differs` is found out here; what is `ours`, a still, does not. To be called about once a
        second while it grows, not for every instance. Refused: conflict (the study was another patient's), too_many."""
        self._pictures.share(now, participant, study, series, ours=ours)

    def handle_confirm(self, now: int, participant: ParticipantId, study: StudyId) -> None:
        """The pictures are meant, whatever patient they name."""
        self._pictures.confirm(now, participant, study)

    def handle_withdraw(self, now: int, participant: ParticipantId, study: StudyId) -> None:
        """Out of the folder again."""
        self._pictures.withdraw(now, participant, study)

    # ---- the lead and what it shows ---------------------------------------------------------------------------------

    def handle_ask_lead(self, now: int, participant: ParticipantId) -> None:
        """Somebody would like to lead."""
        self._lead.ask(now, participant)

    def handle_give_lead(self, now: int, participant: ParticipantId, to: ParticipantId) -> None:
        """The bedside lets somebody lead."""
        self._lead.give(now, participant, to)

    def handle_take_lead(self, now: int, participant: ParticipantId) -> None:
        """The bedside leads again; anybody who may, while nobody does."""
        self._lead.take(now, participant)

    def handle_return_lead(self, now: int, participant: ParticipantId) -> None:
        """Who leads gives it back. Refused: not_leading."""
        self._lead.give_back(now, participant)

    def handle_layout(self, now: int, participant: ParticipantId, epoch: int, rows: int, columns: int) -> None:
        """The leader's viewports."""
        self._views.change_layout(now, participant, epoch, rows, columns)

    def handle_view(self, now: int, participant: ParticipantId, view: look.ViewChanged) -> None:
        """The leader's View at rest."""
        self._views.change(now, participant, view)

    def handle_showing(self, now: int, participant: ParticipantId, showing: Showing, behind: int = 0) -> None:
        """What a participant sees of it."""
        self._showings.say(now, participant, showing, behind)

    # ---- marks and the probe ----------------------------------------------------------------------------------------

    def handle_mark(self, now: int, participant: ParticipantId, mark: look.Mark) -> None:
        """Draw."""
        self._marks.add(now, participant, mark)

    def handle_remove_mark(self, now: int, participant: ParticipantId, key: str) -> None:
        """Take back one's own mark."""
        self._marks.remove(now, participant, key)

    def handle_cue(self, now: int, participant: ParticipantId, cue: Cue) -> None:
        """Where to move the probe."""
        self._guidance.cue(now, participant, cue)

    def handle_ask_machine(self, now: int, participant: ParticipantId, key: str, control: MachineControl) -> None:
        """Something is asked for at the machine."""
        self._guidance.ask(now, participant, key, control)

    def handle_answer_machine(self, now: int, participant: ParticipantId, key: str, *, done: bool) -> None:
        """The bedside did it, or will not."""
        self._guidance.answer(now, participant, key, done=done)

    # ---- stills -----------------------------------------------------------------------------------------------------

    def handle_ask_freeze(self, now: int, participant: ParticipantId, key: str, frame: look.FrameKey) -> None:
        """A frame is to become a still."""
        self._freezes.ask(now, participant, key, frame)

    def handle_decline_freeze(self, now: int, participant: ParticipantId, key: str) -> None:
        """Its publisher no longer has it: `GrabFrame` follows at once."""
        self._freezes.decline(now, participant, key)

    def handle_no_publisher(self, now: int, key: str) -> None:
        """Nobody can be asked at the publisher's end: `GrabFrame` follows at once. Never refused."""
        self._freezes.cannot_be_asked(now, key)

    def handle_still_coming(self, now: int, participant: ParticipantId, key: str) -> None:
        """The publisher's own picture is being uploaded: it is waited for longer. Refused: forbidden, not_found."""
        self._freezes.coming(now, participant, key)

    def handle_frozen(
        self, now: int, key: str, picture: look.Picture, frame: look.FrameKey, *, as_transmitted: bool
    ) -> None:
        """The still is kept and its study shared: all see it. Refused: not_found (never asked, not in the folder),
        malformed (a frame of another track)."""
        self._freezes.done(now, key, picture, frame, as_transmitted=as_transmitted)

    def handle_freeze_failed(self, now: int, key: str, fault: FreezeFault) -> None:
        """There will be no still. Never refused."""
        self._freezes.fail(now, key, fault)

    # ---- asked by the consultation ----------------------------------------------------------------------------------

    def joined(self, now: int, participant: ParticipantId, *, looks: bool) -> None:
        """Somebody came in, or back."""
        if looks:
            self._lead.look(participant)
        self._lead.watch(now)

    def watch(self, now: int) -> None:
        """Something happened to the seats."""
        self._lead.watch(now)

    def come_back(self, now: int) -> None:
        """After a restart."""
        self._freezes.come_back(now)
        self._lead.watch(now)

    def deadline(self) -> int | None:
        """When `handle_timeout` must be called at the latest."""
        return self._freezes.deadline()

    def handle_timeout(self, now: int) -> None:
        """Whatever is due by now."""
        self._freezes.handle_timeout(now)
        self._lead.watch(now)
