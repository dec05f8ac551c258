"""The folder: which studies are in the consultation, by whom, and whether they may be shown."""

from collections.abc import Sequence

from msgspec.structs import replace

from sefaw_rtc.consultation.budget import Budgets
from sefaw_rtc.consultation.log import Log
from sefaw_rtc.consultation.patients import Identity, identity_in, identity_of, same
from sefaw_rtc.consultation.refused import Refused
from signalling import events as ev
from signalling import looking as look
from signalling.ids import ParticipantId, SeriesId, StudyId
from signalling.looking_state import SharedSeries, SharedStudy
from signalling.vocabulary import ErrorCode, Role


class Pictures:
    """The shared studies and series."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._budgets = Budgets(log.policy.shares_burst, log.policy.shares_per_s, "pictures shared")

    def share(
        self,
        now: int,
        participant: ParticipantId,
        study: look.StudyShared,
        series: Sequence[look.SeriesShared],
        *,
        ours: bool = False,
    ) -> None:
        """A study with what is known of its series, new or grown. Only what changed is written. Whether its patient
        differs is found out here, whatever `study` says; what is `ours` is the patient's who is here. All of it or, if
        refused, nothing."""
        self._log.refuse_if_over()
        if participant:
            self._log.seat(participant)
        bodies = self._changes(study, series, ours=ours)
        if not bodies:
            return
        self._refuse_too_many(study.study, series)
        self._budgets.spend(now, participant, len(bodies))
        for body in bodies:
            self._log.write(now, body, participant)

    def confirm(self, now: int, participant: ParticipantId, study: StudyId) -> None:
        """The bedside, or a specialist, says that these pictures are meant. Twice is once."""
        self._log.refuse_if_over()
        person = self._log.seat(participant).person
        if person.role is not Role.SPECIALIST and not self._log.is_bedside(person):
            raise Refused(ErrorCode.FORBIDDEN, "only the bedside and specialists know the patient")
        shared = self._known(study)
        if not _is_shown(shared):
            self._log.write(now, look.StudyConfirmed(study=study), participant)

    def withdraw(self, now: int, participant: ParticipantId, study: StudyId) -> None:
        """Out of the folder again: who shared it, or who asked for the consultation."""
        self._log.refuse_if_over()
        person = self._log.seat(participant).person
        shared = self._known(study)
        requester = self._log.state.requester
        if shared.by != participant and (requester is None or requester.account != person.account):
            raise Refused(ErrorCode.FORBIDDEN, "only who shared it and the requester take it out")
        self._log.write(now, look.StudyWithdrawn(study=study), participant)

    def refuse_unless_known(self, study: StudyId, series: SeriesId) -> SharedStudy:
        """The study, with this series in it. Refused: not_found."""
        shared = self._known(study)
        if all(one.series != series for one in shared.series):
            raise Refused(ErrorCode.NOT_FOUND, "no such series")
        return shared

    def refuse_unless_shown(self, study: StudyId, series: SeriesId) -> None:
        """Whether a picture of this series may be shown and drawn on. Refused: not_found, patient_unconfirmed."""
        shared = self.refuse_unless_known(study, series)
        if not _is_shown(shared):
            raise Refused(ErrorCode.PATIENT_UNCONFIRMED)

    # ---- the folder -------------------------------------------------------------------------------------------------

    def _find(self, study: StudyId) -> SharedStudy | None:
        return next((one for one in self._log.state.looking.studies if one.study == study), None)

    def _known(self, study: StudyId) -> SharedStudy:
        shared = self._find(study)
        if shared is None:
            raise Refused(ErrorCode.NOT_FOUND, "no such study")
        return shared

    def _changes(self, study: look.StudyShared, series: Sequence[look.SeriesShared], *, ours: bool) -> list[ev.Body]:
        """What is to be written for the folder to say all this."""
        here = self._find(study.study)
        if here is not None and here.patient != study.patient and not same(_of(here), identity_in(study.patient)):
            raise Refused(ErrorCode.CONFLICT, "this study was another patient's")  # an answer is for one patient
        differs = here.differs if here is not None else not ours and self._differs(study)
        told = replace(study, differs=differs)
        bodies: list[ev.Body] = [] if here is not None and _says(here, told) else [told]
        known = {one.series: one for one in (here.series if here else [])}
        for one in series:
            if one.study != study.study:
                raise Refused(ErrorCode.MALFORMED, "a series of another study")
            if known.get(one.series) != _as_state(one):
                known[one.series] = _as_state(one)
                bodies.append(one)
        return bodies

    def _differs(self, study: look.StudyShared) -> bool:
        """Whether its patient is not surely the consultation's, and that of every other study that is shown. Of whom
        somebody has answered already, it was answered."""
        mine = identity_in(study.patient)
        patient, shown = self._log.state.patient, [one for one in self._log.state.looking.studies if _is_shown(one)]
        if any(one.confirmed and same(mine, _of(one)) for one in shown):
            return False
        if patient is None or not same(mine, identity_of(patient)):
            return True
        return any(not same(mine, _of(one)) for one in shown)

    def _refuse_too_many(self, study: StudyId, series: Sequence[look.SeriesShared]) -> None:
        policy, studies = self._log.policy, self._log.state.looking.studies
        if len({one.study for one in studies} | {study}) > policy.max_studies:
            raise Refused(ErrorCode.TOO_MANY, "studies")
        known = {(one.study, each.series) for one in studies for each in one.series}
        if len(known | {(one.study, one.series) for one in series}) > policy.max_series:
            raise Refused(ErrorCode.TOO_MANY, "series")


def _is_shown(shared: SharedStudy) -> bool:
    return shared.confirmed or not shared.differs


def _of(shared: SharedStudy) -> Identity:
    return identity_in(shared.patient)


def _says(shared: SharedStudy, body: look.StudyShared) -> bool:
    """Whether the folder says all that already."""
    told = (shared.source, shared.patient, shared.description, shared.date, shared.differs)
    return told == (body.source, body.patient, body.description, body.date, body.differs)


def _as_state(body: look.SeriesShared) -> SharedSeries:
    return SharedSeries(
        series=body.series,
        modality=body.modality,
        description=body.description,
        number=body.number,
        instances=body.instances,
    )
