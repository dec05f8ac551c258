"""Freezing: one frame of live video becomes a still. First its publisher is asked for its own picture; if it has none,
or does not answer in time, what was transmitted is decoded; then it has failed. The heart keeps the time."""

from collections.abc import Iterator

from sefaw_rtc.consultation.budget import Budgets
from sefaw_rtc.consultation.effects import GrabFrame
from sefaw_rtc.consultation.log import Log
from sefaw_rtc.consultation.pictures import Pictures
from sefaw_rtc.consultation.refused import Refused
from sefaw_rtc.consultation.views import Views
from signalling import looking as look
from signalling.ids import ParticipantId
from signalling.looking_state import FreezeState
from signalling.vocabulary import ErrorCode, FreezeFault


class Freezes:
    """The open ones, and until when. A key names one still for ever."""

    def __init__(self, log: Log, pictures: Pictures, views: Views) -> None:
        self._log = log
        self._pictures = pictures
        self._views = views
        self._publisher_until: dict[str, int] = {}
        self._grab_until: dict[str, int] = {}
        self._budgets = Budgets(log.policy.freezes_burst, log.policy.freezes_per_s, "freezes")

    def ask(self, now: int, participant: ParticipantId, key: str, frame: look.FrameKey) -> None:
        """This frame is to become a still. The same key again is the same still."""
        self._log.refuse_if_over()
        self._log.seat(participant)
        here = self._find(key)
        if here is not None:
            if (here.participant, here.frame) != (participant, frame):
                raise Refused(ErrorCode.CONFLICT, "another still's key")
            return
        self._log.video(frame.track)
        if len(list(self._open())) >= self._log.policy.max_open_freezes:
            raise Refused(ErrorCode.TOO_MANY, "open freezes")
        self._budgets.spend(now, participant)
        self._log.write(now, look.FreezeAsked(participant=participant, key=key, frame=frame), participant)
        self._publisher_until[key] = now + self._log.policy.freeze_publisher_us

    def decline(self, now: int, participant: ParticipantId, key: str) -> None:
        """The publisher no longer has that frame: what was transmitted is decoded at once. Too late is nothing."""
        self._refuse_unless_publisher(participant, key)
        self.cannot_be_asked(now, key)

    def cannot_be_asked(self, now: int, key: str) -> None:
        """Nobody is at the publisher's end (an encoder)."""
        freeze = self._find(key)
        if self._publisher_until.pop(key, None) is not None and freeze is not None:
            self._grab_until[key] = now + self._log.policy.freeze_grab_us
            self._log.act(GrabFrame(key, freeze.frame))

    def coming(self, now: int, participant: ParticipantId, key: str) -> None:
        """The publisher's own picture is on its way: over a weak link that takes longer than an answer."""
        self._refuse_unless_publisher(participant, key)
        if key in self._publisher_until:
            self._publisher_until[key] = now + self._log.policy.freeze_upload_us

    def done(self, now: int, key: str, picture: look.Picture, frame: look.FrameKey, *, as_transmitted: bool) -> None:
        """The still is in the folder; all see it. The first one counts, late or not."""
        self._log.refuse_if_over()
        asked = self._asked(key)
        if frame.track != asked.frame.track:
            raise Refused(ErrorCode.MALFORMED, "a frame of another track")
        self._pictures.refuse_unless_known(picture.study, picture.series)
        if asked.picture is not None:
            return
        self._forget(key)
        self._log.write(now, look.Frozen(key=key, picture=picture, frame=frame, as_transmitted=as_transmitted))
        self._views.open(now, picture)

    def fail(self, now: int, key: str, fault: FreezeFault) -> None:
        """There will be no still. Of one that is over already nothing changes."""
        self._forget(key)
        if not self._log.is_over() and any(one.key == key for one in self._open()):
            self._log.write(now, look.FreezeFailed(key=key, fault=fault))

    def come_back(self, now: int) -> None:
        """After a restart: the frames are gone with the plane that had them."""
        for freeze in list(self._open()):
            self.fail(now, freeze.key, FreezeFault.FRAME_GONE)

    def deadline(self) -> int | None:
        """When the next one is taken elsewhere, or given up."""
        due = [*self._publisher_until.values(), *self._grab_until.values()]
        return min(due, default=None) if not self._log.is_over() else None

    def handle_timeout(self, now: int) -> None:
        """Ask elsewhere, or give up, those whose time is over."""
        if self._log.is_over():
            return
        for key in [key for key, until in self._grab_until.items() if now >= until]:
            self.fail(now, key, FreezeFault.NO_ANSWER)
        for key in [key for key, until in self._publisher_until.items() if now >= until]:
            self.cannot_be_asked(now, key)

    # ---- one still --------------------------------------------------------------------------------------------------

    def _refuse_unless_publisher(self, participant: ParticipantId, key: str) -> None:
        self._log.refuse_if_over()
        if self._log.video(self._asked(key).frame.track).participant != participant:
            raise Refused(ErrorCode.FORBIDDEN, "only its publisher says so")

    def _forget(self, key: str) -> None:
        self._publisher_until.pop(key, None)
        self._grab_until.pop(key, None)

    def _find(self, key: str) -> FreezeState | None:
        return next((one for one in self._log.state.looking.freezes if one.key == key), None)

    def _asked(self, key: str) -> FreezeState:
        freeze = self._find(key)
        if freeze is None:
            raise Refused(ErrorCode.NOT_FOUND, "no such freeze")
        return freeze

    def _open(self) -> Iterator[FreezeState]:
        return (one for one in self._log.state.looking.freezes if one.picture is None and one.fault is None)
