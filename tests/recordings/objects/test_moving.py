"""Sending, reading back, letting go, fetching, removing: with a store that fails at every point."""

import errno
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recordings.errors import StorageFailed
from recordings.objects import Fault, ObjectsFailed, Plan, bring, elsewhere, let_go, send, take_away
from recordings.objects.plan import DAY_MS
from tests.recordings.objects.stores import CONTENTS, NOW, PLACE, Files, Memory, files, flipped, silent
from tests.recordings.segments import CONSULTATION

LARGE = {name for name in CONTENTS if name.startswith(("media/", "tracks/"))}
ALL = {f"{CONSULTATION}/{name}" for name in [*CONTENTS, "manifest.json"]}
LATER = NOW + 4000 * DAY_MS  # after whatever day this runs on: uses are noted by the machine's clock


@pytest.fixture
def kept(tmp_path: Path) -> Files:
    return files(tmp_path)


@pytest.fixture
def store() -> Memory:
    return Memory()


def gone(kept: Files) -> set[str]:
    return {name for name in CONTENTS if not kept.path(name).exists()}


def away(kept: Files, store: Memory) -> None:
    """All of it is there, what is large not here."""
    assert send(kept.local(), store, PLACE, silent).is_done
    assert let_go(kept.local(), LATER, 30, 3600, PLACE) == sum(len(CONTENTS[name][1]) for name in LARGE)


def failed(kept: Files, store: Memory, place: str = PLACE) -> Fault:
    with pytest.raises(ObjectsFailed) as found:
        send(kept.local(), store, place, silent)
    return found.value.fault


def test_all_of_it_is_sent_once_and_never_the_key(kept: Files, store: Memory) -> None:
    assert send(kept.local(), store, PLACE, silent) == Plan()
    assert set(store.objects) == ALL
    assert store.puts[-1].endswith("/manifest.json"), "where the manifest is, the rest is"
    assert {len(store.objects[f"{CONSULTATION}/{name}"]) for name in CONTENTS} == {len(c) for _, c in CONTENTS.values()}
    store.puts.clear()
    assert send(kept.local(), store, PLACE, silent) == Plan()
    assert store.puts == []


def test_a_log_that_grew_is_sent_as_it_was_sealed(kept: Files, store: Memory) -> None:
    with kept.log.open("ab") as file:
        file.write(b"an opinion, signed later")
    send(kept.local(), store, PLACE, silent)
    assert store.objects[f"{CONSULTATION}/log"] == CONTENTS["log"][1]


def test_a_store_that_dies_at_any_request_is_gone_on_with(tmp_path: Path) -> None:
    requests = 0
    while True:
        kept, store = files(tmp_path / str(requests)), Memory(dies_after=requests)
        try:
            send(kept.local(), store, PLACE, silent)
            break
        except ObjectsFailed:
            pass  # it died
        known = set(kept.local().register().read().kept)
        assert all(store.objects[f"{CONSULTATION}/{name}"] == CONTENTS[name][1] for name in known), (
            "only what came back"
        )
        assert let_go(kept.local(), LATER, 30, 0, PLACE) == 0, "not before all of it is there"
        store.dies_after = None
        puts = len(store.puts)
        assert send(kept.local(), store, PLACE, silent) == Plan()
        assert set(store.objects) == ALL
        assert len(set(store.puts[puts:]) & set(store.puts[:puts])) <= 1, "what was sent is read back, not sent again"
        requests += 1
    assert requests > 20


def test_what_was_damaged_on_its_way_is_sent_again(kept: Files, store: Memory) -> None:
    store.breaks = 1
    assert send(kept.local(), store, PLACE, silent).is_done
    assert store.objects[f"{CONSULTATION}/log"] == CONTENTS["log"][1]


def test_a_store_that_damages_everything_has_nothing_of_ours(kept: Files, store: Memory) -> None:
    store.breaks = 1000
    assert failed(kept, store) is Fault.CHANGED
    assert kept.local().register().read().kept == {}
    assert let_go(kept.local(), LATER, 30, 0, PLACE) == 0


def test_what_a_kill_left_there_is_looked_at_before_it_is_believed(kept: Files, store: Memory) -> None:
    whole, broken = f"{CONSULTATION}/tracks/1.webm", f"{CONSULTATION}/snapshots"
    store.objects = {whole: CONTENTS["tracks/1.webm"][1], broken: flipped(CONTENTS["snapshots"][1])}
    assert send(kept.local(), store, PLACE, silent).is_done
    assert whole not in store.puts
    assert store.objects[broken] == CONTENTS["snapshots"][1]


@pytest.mark.parametrize("harm", ["changed", "shortened", "removed"])
def test_what_is_not_as_it_was_sealed_is_not_sent(kept: Files, store: Memory, harm: str) -> None:
    path = kept.path("tracks/1.webm")
    if harm == "removed":
        path.unlink()
        assert send(kept.local(), store, PLACE, silent).lost == ("tracks/1.webm",)
    else:
        path.write_bytes(flipped(path.read_bytes()) if harm == "changed" else path.read_bytes()[:-1])
        assert failed(kept, store) is Fault.LOCAL
    assert f"{CONSULTATION}/tracks/1.webm" not in store.objects
    assert let_go(kept.local(), LATER, 30, 0, PLACE) == 0, "what is there of it stays here too"


def test_only_large_files_go_and_only_in_time(kept: Files, store: Memory) -> None:
    assert let_go(kept.local(), LATER, 30, 3600, PLACE) == 0
    send(kept.local(), store, PLACE, silent)
    assert let_go(kept.local(), NOW + 30 * DAY_MS - 1, 30, 3600, PLACE) == 0
    assert let_go(kept.local(), LATER, 0, 3600, PLACE) == 0, "by default everything stays"
    kept.local().mark_used()
    assert let_go(kept.local(), 0, 30, 3600, PLACE) == 0
    away(kept, store)
    assert gone(kept) == LARGE


def test_a_disk_that_refuses_to_remove_is_said(kept: Files, store: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_path: Path, *, missing_ok: bool = False) -> None:
        raise OSError(errno.EROFS, "a read-only disk", missing_ok)

    send(kept.local(), store, PLACE, silent)
    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(StorageFailed, match="EROFS"):
        let_go(kept.local(), LATER, 30, 3600, PLACE)


def test_what_is_elsewhere_comes_back_as_it_was(kept: Files, store: Memory) -> None:
    away(kept, store)
    told: list[tuple[int, int]] = []
    brought = bring(kept.local(), store, PLACE, 0, lambda done, of, _name: told.append((done, of)))
    assert {one.name for one in brought.files} == LARGE
    assert told[-1][0] == told[-1][1] > 0
    assert all(kept.path(name).read_bytes() == content for name, (_, content) in CONTENTS.items())
    assert let_go(kept.local(), LATER, 30, 10**10, PLACE) == 0, "it was used just now"
    take_away(kept.local(), brought)
    assert gone(kept) == LARGE


def test_what_somebody_else_used_meanwhile_is_not_taken_away(kept: Files, store: Memory) -> None:
    away(kept, store)
    brought = bring(kept.local(), store, PLACE, 0, silent)
    kept.local().mark_used()
    take_away(kept.local(), brought)
    assert gone(kept) == set(), "a replay reads it"
    other = bring(kept.local(), store, PLACE, 0, silent)
    assert other.files == []
    take_away(kept.local(), other)
    assert gone(kept) == set()


@pytest.mark.parametrize(
    ("harm", "fault"), [("changed", Fault.CHANGED), ("removed", Fault.MISSING), ("down", Fault.UNREACHABLE)]
)
def test_what_does_not_come_back_is_nowhere_half(kept: Files, store: Memory, harm: str, fault: Fault) -> None:
    away(kept, store)
    key = f"{CONSULTATION}/tracks/1.webm"
    match harm:
        case "changed":
            store.objects[key] = flipped(store.objects[key])
        case "removed":
            del store.objects[key]
        case _:
            store.fault = Fault.UNREACHABLE
    with pytest.raises(ObjectsFailed) as found:
        bring(kept.local(), store, PLACE, 0, silent)
    assert found.value.fault is fault
    assert not kept.path("tracks/1.webm").exists()
    assert list(kept.folder.rglob(".*.new")) == []


def test_what_has_no_room_here_is_not_begun(kept: Files, store: Memory) -> None:
    away(kept, store)
    with pytest.raises(ObjectsFailed) as found:
        bring(kept.local(), store, PLACE, 1 << 62, silent)
    assert found.value.fault is Fault.DISK_FULL
    assert gone(kept) == LARGE


def test_an_erasure_takes_all_of_it_and_is_not_forgotten(kept: Files, store: Memory) -> None:
    away(kept, store)
    store.objects[f"{CONSULTATION}/left-by-a-kill"] = b"x"
    (kept.folder / "key.json").unlink()
    assert send(kept.local(), store, PLACE, silent) == Plan(), "a key that is lost is no erasure"
    store.fault = Fault.UNREACHABLE
    with pytest.raises(ObjectsFailed, match="unreachable"):
        send(kept.local(erased=True), store, PLACE, silent)
    assert elsewhere(kept.local(erased=True).here(), kept.local().register().read()) == []
    store.fault = None
    assert send(kept.local(erased=True), store, PLACE, silent) == Plan()
    assert store.objects == {}
    assert send(kept.local(erased=True), store, PLACE, silent) == Plan()


def test_of_another_consultation_nothing_is_removed(kept: Files, store: Memory) -> None:
    send(kept.local(), store, PLACE, silent)
    store.objects[f"{CONSULTATION}x/log"] = b"another's"
    send(kept.local(erased=True), store, PLACE, silent)
    assert set(store.objects) == {f"{CONSULTATION}x/log"}


def test_what_ran_out_of_its_time_goes_there_too(kept: Files, store: Memory) -> None:
    away(kept, store)
    assert send(kept.local(aged=frozenset({"journal"})), store, PLACE, silent).is_done
    assert {key for key in store.objects if "/media/" in key} == set()
    assert any("/tracks/" in key for key in store.objects)
    assert send(kept.local(aged=frozenset({"journal", "media"})), store, PLACE, silent).is_done
    assert {key.removeprefix(f"{CONSULTATION}/") for key in store.objects} == {"log", "snapshots", "manifest.json"}


def test_what_was_erased_before_it_was_sent_is_never_sent(kept: Files, store: Memory) -> None:
    (kept.folder / "key.json").unlink()
    assert send(kept.local(), store, PLACE, silent) == Plan()
    assert store.objects == {}


def test_another_bucket_gets_what_is_here_and_is_not_asked_for_what_it_never_had(kept: Files, store: Memory) -> None:
    away(kept, store)
    other = Memory()
    assert failed(kept, other, "https://s3.example/other/") is Fault.OTHER_PLACE
    with pytest.raises(ObjectsFailed) as found:
        bring(kept.local(), other, "https://s3.example/other/", 0, silent)
    assert found.value.fault is Fault.OTHER_PLACE
    bring(kept.local(), store, PLACE, 0, silent)
    assert send(kept.local(), other, "https://s3.example/other/", silent).is_done
    assert set(other.objects) == ALL


def test_what_another_bucket_alone_has_stays_here(kept: Files, store: Memory) -> None:
    away(kept, store)
    bring(kept.local(), store, PLACE, 0, silent)
    assert let_go(kept.local(), LATER, 30, 0, "https://s3.example/other/") == 0
    assert gone(kept) == set()


def test_what_is_being_fetched_or_sent_is_let_go_another_time(kept: Files, store: Memory) -> None:
    send(kept.local(), store, PLACE, silent)
    with ThreadPoolExecutor() as pool, kept.local().register().alone():
        assert pool.submit(let_go, kept.local(), LATER, 30, 3600, PLACE).result(5) == 0, "it waits for nobody"
    assert gone(kept) == set()
    away(kept, store)


def test_what_has_nothing_there_is_not_touched(kept: Files) -> None:
    before = set(kept.folder.iterdir())
    assert let_go(kept.local(), LATER, 30, 3600, PLACE) == 0
    assert set(kept.folder.iterdir()) == before
