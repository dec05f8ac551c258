"""What is to be done, by property: doing it leaves nothing to do, never touches what is kept alone, and forgets no
removal."""

from hypothesis import given, note
from hypothesis import strategies as st

from recordings.keeping.retention import Class, let_go
from recordings.manifest import MANIFEST, FileEntry, FileKind
from recordings.objects import Here, Stored, elsewhere, may_go, plan
from recordings.objects.plan import DAY_MS
from tests.recordings.objects.stores import NOW, PLACE, manifest_of

KINDS = {
    "fast": FileKind.OTHER,
    "log": FileKind.LOG,
    "media/a": FileKind.MEDIA,
    "media/b": FileKind.MEDIA,
    "tracks/1": FileKind.TRACK,
}
NAMES = [*KINDS, MANIFEST]
MADE = manifest_of([FileEntry(name=name, kind=kind, size=9, sha256="5" * 64) for name, kind in KINDS.items()])
RIGHT = dict.fromkeys(KINDS, "5" * 64) | {MANIFEST: MADE.digest}

names = st.sets(st.sampled_from(NAMES))
aged = st.sampled_from([set(), {Class.JOURNAL.value}, {Class.JOURNAL.value, Class.MEDIA.value}])


@st.composite
def situations(draw: st.DrawFn) -> tuple[Here, Stored]:
    stored = Stored(place=draw(st.sampled_from(["", PLACE, "another"])))
    if stored.place:
        wrong = draw(names)
        stored.kept = {name: "0" * 64 if name in wrong else RIGHT[name] for name in draw(names)}
        stored.gone = draw(names) - set(stored.kept)
        stored.whole = draw(st.sampled_from(["", MADE.digest]))
    here = Here(
        manifest=draw(st.sampled_from([MADE, None])),
        sealed=draw(st.booleans()),
        erased=draw(st.booleans()),
        aged=draw(aged),
        files=draw(names) | {MANIFEST},
    )
    return here, stored


@given(situations())
def test_what_is_done_is_done(situation: tuple[Here, Stored]) -> None:
    here, stored = situation
    work = plan(here, stored, PLACE)
    note(f"{work}")
    if work.elsewhere:
        assert stored.place == "another"
        return
    after = Stored() if work.clear or (work.send and stored.place != PLACE) else stored
    if not work.clear and (work.send or stored.place == PLACE):
        after.place = PLACE
    after.kept = {name: digest for name, digest in after.kept.items() if name not in work.drop}
    after.kept |= {one.name: one.sha256 for one in work.send}
    after.gone = (after.gone | set(work.drop)) - {one.name for one in work.send}
    assert plan(here, after, PLACE).is_done


@given(situations())
def test_nothing_is_sent_that_is_not_here_or_not_sealed(situation: tuple[Here, Stored]) -> None:
    here, stored = situation
    work = plan(here, stored, PLACE)
    assert {one.name for one in work.send} <= here.files
    assert not work.send or (here.sealed and not here.erased)
    assert not work.clear or here.erased
    assert "key.json" not in {one.name for one in work.send}


@given(situations())
def test_an_erasure_leaves_nothing_wanted(situation: tuple[Here, Stored]) -> None:
    here, stored = situation
    work = plan(here, stored, PLACE)
    if here.erased and stored.place:
        assert work.clear or work.elsewhere, "as long as something may be there"
        assert elsewhere(here, stored) == []


@given(situations())
def test_what_a_clock_took_here_is_taken_there_and_never_comes_back(situation: tuple[Here, Stored]) -> None:
    here, stored = situation
    taken = let_go(MADE, here.aged)
    assert not taken & {one.name for one in elsewhere(here, stored)}
    work = plan(here, stored, PLACE)
    assert not taken & {*work.lost, *(one.name for one in work.send)}
    if here.manifest is not None and here.sealed and not here.erased and stored.place == PLACE:
        assert taken <= {*work.drop, *stored.gone}


@given(situations(), st.integers(0, 400), st.integers(0, 400))
def test_nothing_goes_that_is_not_there_too(situation: tuple[Here, Stored], days: int, age: int) -> None:
    here, stored = situation
    found = may_go(here, stored, NOW + age * DAY_MS, days, PLACE)
    if found:
        assert 0 < days <= age
        assert stored.whole == MADE.digest
        assert stored.place == PLACE, "this store has it, not a former one"
    for one in found:
        assert one.kind in {FileKind.MEDIA, FileKind.TRACK}
        assert stored.kept[one.name] == one.sha256
    left = Here(here.manifest, here.sealed, here.erased, here.aged, here.files - {one.name for one in found})
    if not here.erased:
        assert {one.name for one in found} <= {one.name for one in elsewhere(left, stored)}, "it can be fetched again"
