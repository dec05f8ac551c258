"""A simulated consultation: the real heart, pages that hear of it late, a fast lane that loses and reorders. Whatever
happens on the way, everybody ends at the leader's state hash and at the picture at rest. Seeded; the seed is the test's
name. The page's own half has the same test in viewer/src/session/looking_converges.test.ts."""

import heapq
import itertools
import random
from collections.abc import Callable

import pytest

from sefaw_rtc.consultation import Policy, Refused
from signalling import events as ev
from signalling import fast
from signalling import looking as look
from signalling.canonical import state_hash
from signalling.fast import decode_fast, encode_fast, newer
from signalling.fold import fold
from signalling.ids import ParticipantId
from signalling.state import State
from signalling.vocabulary import CloseReason, LengthUnit, Showing
from tests.consultation.looking_world import Call, mark, picture, study
from tests.consultation.world import OPERATOR, SECOND, SPECIALIST, VILLAGE

MS = 1000
STALE_US = 4_000 * MS  # docs/looking.md
PEOPLE = (VILLAGE, SPECIALIST, OPERATOR, SECOND)
ROOMY = Policy(
    views_burst=10_000, lead_burst=10_000, marks_burst=10_000, showing_burst=10_000, shares_burst=10_000,
    seat_kept_us=10**12, abandoned_us=10**12, keep_open=True,
)  # fmt: skip


class Page:
    """What a page makes of it: the fold of the events it got, over it the newest fast area of each viewport."""

    def __init__(self, me: ParticipantId, dice: random.Random) -> None:
        self.me = me
        self.state = State()
        self.online = True
        self.connection = 0
        self.arrives = 0  # events come in order: none before this
        self.base, self.jitter, self.loss = dice.randrange(150), 1 + dice.randrange(400), dice.random() / 3
        self.moving: dict[int, tuple[int, int, fast.Area]] = {}  # viewport → counter, when, area
        self.floor: dict[int, int] = {}
        self.counter = 0

    def event(self, event: ev.Event) -> None:
        before = self.state.looking.lead
        self.state = fold(self.state, event)
        if self.state.looking.lead.epoch != before.epoch:
            self.forget()
        if isinstance(event.body, look.ViewChanged):
            self._rest(event.body)

    def snapshot(self, state: State) -> None:
        self.state = state
        self.forget()

    def forget(self) -> None:
        self.moving.clear()
        self.floor.clear()

    def fast(self, data: bytes, now: int) -> None:
        header, body = decode_fast(data)
        lead = self.state.looking.lead
        if not isinstance(body, fast.Area) or (header.sender, header.epoch) != (lead.holder, lead.epoch):
            return
        lasts = [self.floor.get(header.lane)]
        lasts += [self.moving[header.lane][0]] if header.lane in self.moving else []
        if all(last is None or newer(header.counter, last) for last in lasts):
            self.moving[header.lane] = (header.counter, now, body)

    def shown(self, now: int) -> list[object]:
        """What each viewport shows: the dragged area, else the one at rest."""
        self.moving = {n: one for n, one in self.moving.items() if now < one[1] + STALE_US}
        return [
            self.moving[n][2].centre_x if n in self.moving else (one.area.centre_x if one.area else None)
            for n, one in enumerate(self.state.looking.viewports)
        ]

    def _rest(self, body: look.ViewChanged) -> None:
        here = self.moving.get(body.viewport)
        said = body.counter or (here[0] if here else 0)
        if said:
            self.floor[body.viewport] = said
        if here and not newer(here[0], said):
            del self.moving[body.viewport]


class Simulation:
    """The clock, the links, and the heart in the middle."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.call = Call(ROOMY)
        self.now = 0
        self.late: list[tuple[int, int, Callable[[], None]]] = []
        self.ties = itertools.count()
        self.pages: dict[ParticipantId, Page] = {}
        self.sent = len(self.call.world.log)
        self.refusals: list[str] = []
        for me in (self.call.village, self.call.specialist):
            self.arrive(me)

    def after(self, us: int, then: Callable[[], None]) -> None:
        heapq.heappush(self.late, (self.now + us, next(self.ties), then))

    def pass_time(self, us: int) -> None:
        until = self.now + us
        while self.late and self.late[0][0] <= until:
            at, _, then = heapq.heappop(self.late)
            self.now = max(self.now, at)
            then()
        self.now = until

    def arrive(self, me: ParticipantId) -> None:
        page = self.pages[me] = Page(me, self.dice)
        page.snapshot(self.call.world.state)

    def delay(self, page: Page) -> int:
        return (page.base + self.dice.randrange(page.jitter)) * MS

    def act(self, call: str, *arguments: object, **named: object) -> None:
        """Ask the heart now, and let everybody hear of it."""
        world = self.call.world
        world.now = self.now
        try:
            getattr(world.consultation.looking, f"handle_{call}")(self.now, *arguments, **named)
        except Refused as refused:
            self.refusals.append(refused.code)
        self.publish()

    def publish(self) -> None:
        world = self.call.world
        world.drain()
        for event in world.log[self.sent :]:
            for page in self.pages.values():
                if page.online:
                    self._deliver(page, event)
        self.sent = len(world.log)

    def _deliver(self, page: Page, event: ev.Event) -> None:
        page.arrives = max(page.arrives, self.now + self.delay(page))
        mine = page.connection

        def come() -> None:
            if page.online and page.connection == mine and event.seq == page.state.seq + 1:
                page.event(event)

        self.after(page.arrives - self.now, come)

    # ---- what people do ---------------------------------------------------------------------------------------------

    def drag(self, page: Page) -> None:
        """Some fast messages, then the View at rest: all under the epoch that this page knows."""
        looking = page.state.looking
        viewport = self.dice.randrange(len(looking.viewports))
        epoch, x = looking.lead.epoch, 0
        for n in range(1 + self.dice.randrange(8)):
            x, page.counter = self.dice.randrange(100_000_000), page.counter + 1
            body = fast.Area(x, 0, 1, 1, 0, 0, False, False)
            data = encode_fast(body, lane=viewport, epoch=epoch, counter=page.counter, sender=page.me)
            if self.dice.random() > page.loss:
                self.after(n * 33 * MS + self.delay(page), lambda data=data: self.relay(page, data))
        page.counter += 1
        area = look.Area(centre_x=x, centre_y=0, width=1, height=1, unit=LengthUnit.MM)
        image = picture("1.1") if looking.viewports[viewport].image is None else None
        view = look.ViewChanged(epoch=epoch, viewport=viewport, image=image, area=area, counter=page.counter)
        self.after(420 * MS + self.delay(page), lambda: self.act("view", page.me, view))

    def relay(self, sender: Page, data: bytes) -> None:
        """As the plane does: only the holder's, under its epoch, to everybody else."""
        header, _ = decode_fast(data)
        lead = self.call.looking.lead
        if (lead.holder, lead.epoch) != (header.sender, header.epoch):
            return
        for page in self.pages.values():
            if page is not sender and self.dice.random() > page.loss:
                self.after(self.delay(page), lambda page=page: page.online and page.fast(data, self.now))

    def cut_off(self, page: Page) -> None:
        world = self.call.world
        if not page.online:
            return
        page.online, page.connection = False, page.connection + 1
        world.consultation.handle_connection_lost(self.now, page.me)
        self.publish()
        self.after(self.dice.randrange(3_000) * MS, lambda: self.come_back(page))

    def come_back(self, page: Page) -> None:
        seat = next((p for p in self.call.world.state.participants if p.participant == page.me), None)
        if seat is not None:
            self.call.world.join(seat.person)
            page.online = True
            page.snapshot(self.call.world.state)
            self.publish()

    def join_late(self) -> None:
        here = {p.person.account for p in self.call.world.state.participants}
        for who in PEOPLE:
            if who.account not in here:
                me = self.call.world.join(who)
                self.publish()
                self.arrive(me)
                return

    def leave(self, page: Page) -> None:
        if len(self.pages) > 2 and page.me != self.call.village:
            del self.pages[page.me]
            self.call.world.consultation.handle_leave(self.now, page.me, CloseReason.LEFT)
            self.publish()

    def step(self) -> None:
        dice, page = self.dice, self.dice.choice(list(self.pages.values()))
        to, holder = dice.choice(list(self.pages)), self.pages.get(self.call.looking.lead.holder)  # type: ignore[arg-type]
        key = f"k{dice.randrange(9)}"
        seldom: list[Callable[[], None]] = [
            lambda: self.act("give_lead", page.me, to),
            lambda: self.act("take_lead", page.me),
            lambda: self.act("return_lead", page.me),
            lambda: self.act("layout", page.me, page.state.looking.lead.epoch or 1, *dice.choices([1, 2], k=2)),
            lambda: self.act("mark", page.me, mark(key)),
            lambda: self.act("remove_mark", page.me, key),
            lambda: self.act("showing", page.me, dice.choice(list(Showing))),
            lambda: self.act("share", page.me, study(dice.choice(["2.2", "3.3"])), []),
            lambda: self.act("withdraw", page.me, "2.2"),
            lambda: self.cut_off(page),
            self.join_late,
            lambda: self.leave(page),
        ]
        if dice.random() < 0.25:
            dice.choice(seldom)()
        elif holder is not None and holder.online:
            self.drag(holder)


@pytest.mark.parametrize("seed", range(7_000, 7_040))
def test_everybody_ends_at_the_leaders_picture(seed: int) -> None:
    simulation = Simulation(seed)
    for _ in range(150):
        simulation.step()
        simulation.pass_time(simulation.dice.randrange(200) * MS)
        lead = simulation.call.looking.lead
        assert lead.holder in {0, *(p.participant for p in simulation.call.world.state.participants)}
    simulation.pass_time(STALE_US + 10_000 * MS)
    state = simulation.call.world.state
    rest = [one.area.centre_x if one.area else None for one in state.looking.viewports]
    for page in simulation.pages.values():
        assert page.online
        assert state_hash(page.state) == state_hash(state), f"seed {seed}, participant {page.me}"
        assert page.shown(simulation.now) == rest, f"seed {seed}, participant {page.me}"
    assert sum(isinstance(e.body, look.ViewChanged) for e in simulation.call.world.log) > 20


def test_the_seeds_meet_refusals_and_changes_of_the_lead() -> None:
    """A simulation in which nothing goes wrong would show nothing."""
    simulation = Simulation(7_000)
    for _ in range(150):
        simulation.step()
        simulation.pass_time(simulation.dice.randrange(200) * MS)
    assert "not_leading" in simulation.refusals
    bodies = [e.body for e in simulation.call.world.log]
    assert sum(isinstance(body, look.LeadChanged) for body in bodies) > 3
    assert any(isinstance(body, ev.Returned) for body in bodies)
