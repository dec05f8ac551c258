"""Who is refused where: every route of the real app and every message of the wire, against the anonymous, the wrong
role, the expired and another institution's user. A new route or message that is not in these tables fails here.

`OWN` = not about anything of somebody else's: there is no "other institution" or "wrong role" for it.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import aiohttp
import pytest
from msgspec.structs import replace

from sefaw_rtc.access import MESSAGE_ACTIONS, ROUTE_ACTIONS, Audience, create_account
from sefaw_rtc.service import demo
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.web.app import HANDLERS, make_app
from signalling import messages as wire
from signalling.codec import encode_client
from signalling.generate.examples import LOOKING, RECORDING
from signalling.ids import AccountId, ConsultationId, Mid
from signalling.vocabulary import WIRE_VERSION, DeclineReason, Role
from tests.web.access_tables import MESSAGES, OWN, ROUTES, Expected
from tests.web.world import MEDIA, PLAYS_ONLY, SENDS_ONLY, Page, World, a_call, a_world, connect

SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}
_TOKENS = (wire.Join, wire.Resume)
STREAMS = ("/whip/", "/whep/")


# ---- the tables are complete --------------------------------------------------------------------------------------


def test_every_route_of_the_app_is_in_the_table(world: World) -> None:
    routes = {(r.method, r.resource.canonical) for r in make_app(world.services).router.routes() if r.resource}
    assert routes == set(ROUTES)
    assert routes == set(ROUTE_ACTIONS)
    assert routes == set(HANDLERS)


def test_every_message_of_the_wire_is_in_the_table() -> None:
    assert set(MESSAGES) == set(get_args(wire.ClientMessage))
    assert set(MESSAGES) == set(MESSAGE_ACTIONS)


# ---- a world with everybody in it ---------------------------------------------------------------------------------


@dataclass
class Cast:
    world: World
    consultation: ConsultationId
    resources: dict[str, str]

    def stream_token(self, who: str) -> str:
        host, services = self.world.running.demos[0], self.world.services
        if who == "foreign":
            return demo.tokens(services, self.world.running.demos[1])["publisher"]
        if who == "reviewing":
            return self._issue(Audience.WHEP, host.id, Role.REVIEWER)
        return demo.tokens(services, host)[who]

    def join_token(self, who: str, audience: Audience) -> str:
        if who == "foreign":
            return self._issue(audience, ConsultationId("c" * 26), Role.VILLAGE_DOCTOR)
        return self._issue(audience, self.consultation, Role.REVIEWER)

    def expired_token(self, audience: Audience, consultation: ConsultationId) -> str:
        return self._issue(audience, consultation, Role.OPERATOR, now=1000)

    def _issue(self, audience: Audience, consultation: ConsultationId, role: Role, now: int = 0) -> str:
        return self.world.services.tokens.issue(
            audience,
            account=AccountId("d" * 26),
            consultation=consultation,
            role=role,
            now=now or unix_s(),
            lifetime_s=60,
        )


@pytest.fixture
async def cast(tmp_path: Path) -> AsyncIterator[Cast]:
    """An open call of one clinic, two demo consultations, and people of another hospital."""
    async with a_world(tmp_path, demos=2) as world:
        for role in (Role.VILLAGE_DOCTOR, Role.SPECIALIST, Role.OPERATOR, Role.REVIEWER):
            user = "other_" + role.value.split("_")[0]
            await world.services.store.run(
                create_account,
                world.services.store,
                world.running._passwords,
                user=user,
                name=user,
                role=role,
                institution="Another hospital",
                password=f"demo-{user}",
                now=unix_s(),
            )
        village, _specialist = await connect(world)
        consultation = (await village.get(wire.JoinedReply)).consultation
        cast = Cast(world, consultation, {})
        for kind, who, offer in (("whip", "publisher", SENDS_ONLY), ("whep", "viewer", PLAYS_ONLY)):
            headers = {"Authorization": f"Bearer {cast.stream_token(who)}", **SDP}
            url = f"{world.url}/{kind}/{world.running.demos[0].id}"
            async with world.stranger().post(url, data=offer, headers=headers) as reply:
                cast.resources[kind] = reply.headers["Location"]
        yield cast


# ---- routes -------------------------------------------------------------------------------------------------------


async def ask(cast: Cast, route: tuple[str, str], http: aiohttp.ClientSession, headers: dict[str, str]) -> int:
    method, pattern = route
    kind = pattern.split("/")[1]
    path = pattern.replace("{id}", cast.consultation).replace("{path}", "nothing.js").replace("{sha256}", "a" * 64)
    path = path.replace("{number}", "1").replace("{frames}", "1").replace("{case}", "1")
    for level in ("{study}", "{series}", "{instance}"):
        path = path.replace(level, "1.2.3")
    path = (
        path.replace("{key}", "f1")
        .replace("{replay}", "none")
        .replace("{run}", "1")
        .replace("{t}", "1")
        .replace("{index}", "0.jpg")
    )
    path = path.replace("{job}", "none")
    if "{resource}" in pattern:
        path = cast.resources[kind] + path.partition("{resource}")[2]
    path = path.replace("{consultation}", cast.world.running.demos[0].id)
    body = (FRAGMENT if method == "PATCH" else SDP) if pattern.startswith(STREAMS) else {}
    # A proxy's header: the tests are on the same machine, which alone may read the metrics.
    extra = {"X-Forwarded-For": "203.0.113.7"} if pattern == "/metrics" else {}
    offer = "v=0\r\n" if body else None
    if pattern.endswith("/replays"):
        body, offer = {"Content-Type": "application/json"}, '{"purpose":"care"}'
    if pattern.endswith("/exports"):
        body, offer = {"Content-Type": "application/json"}, '{"what":"bundle"}'
    async with http.request(method, cast.world.url + path, data=offer, headers={**headers, **body, **extra}) as reply:
        if reply.status >= 400 and pattern != "/":
            assert reply.content_type in {"application/problem+json", "text/html"}
        return reply.status


def refused(route: tuple[str, str]) -> Expected:
    expected = ROUTES[route]
    assert isinstance(expected, Expected)
    return expected


GUARDED = [route for route, expected in ROUTES.items() if isinstance(expected, Expected)]


async def test_open_routes_need_nobody(cast: Cast) -> None:
    for route in (r for r in ROUTES if r not in GUARDED):
        assert await ask(cast, route, cast.world.stranger(), {}) not in {401, 403}, route


async def test_every_route_refuses_the_anonymous(cast: Cast) -> None:
    got = {route: await ask(cast, route, cast.world.stranger(), {}) for route in GUARDED}
    assert got == {route: refused(route).anonymous for route in GUARDED}


async def test_every_route_refuses_the_expired(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    token = cast.expired_token(Audience.WHIP, cast.world.running.demos[0].id)
    got = {}
    for route in GUARDED:
        if route[1].startswith(STREAMS):
            got[route] = await ask(cast, route, cast.world.stranger(), {"Authorization": f"Bearer {token}"})
            continue
        person = await cast.world.sign_in("village")
        later = unix_s() + 13 * 3600
        with monkeypatch.context() as patched:
            patched.setattr("sefaw_rtc.web.callers.unix_s", lambda later=later: later)
            got[route] = await ask(cast, route, person.http, {"X-CSRF-Token": person.csrf})
    assert got == {route: refused(route).expired for route in GUARDED}


@pytest.mark.parametrize("who", ["role", "elsewhere"])
async def test_every_route_refuses_the_wrong_ones(cast: Cast, who: str) -> None:
    wanted = {route: getattr(refused(route), who) for route in GUARDED}
    got = {}
    for route, expected in wanted.items():
        if expected == OWN:
            got[route] = OWN
        elif route[1].startswith(STREAMS):
            bearer = {"Authorization": f"Bearer {cast.stream_token(expected[0])}"}
            got[route] = (expected[0], await ask(cast, route, cast.world.stranger(), bearer))
        else:
            person = await cast.world.sign_in(expected[0])
            got[route] = (expected[0], await ask(cast, route, person.http, {"X-CSRF-Token": person.csrf}))
    assert got == wanted


async def test_patients_of_another_institution_are_not_listed(cast: Cast) -> None:
    for user, count in (("village", 6), ("other_village", 0)):
        person = await cast.world.sign_in(user)
        async with person.http.get(f"{cast.world.url}/api/patients") as reply:
            assert len(await reply.json()) == count


async def test_a_cookie_alone_changes_nothing(cast: Cast) -> None:
    person = await cast.world.sign_in("village")
    url = f"{cast.world.url}/api/session"
    for headers in (
        {},
        {"X-CSRF-Token": "wrong"},
        {"X-CSRF-Token": person.csrf, "Origin": "https://elsewhere.example"},
    ):
        async with person.http.delete(url, headers=headers) as reply:
            assert reply.status == 403
            assert (await reply.json())["code"] == "csrf_failed"
    async with person.http.delete(url, headers={"X-CSRF-Token": person.csrf}) as reply:
        assert reply.status == 204
    async with person.http.get(url) as reply:
        assert reply.status == 401


# ---- messages -----------------------------------------------------------------------------------------------------


def message(kind: type, cast: Cast, token: str = "x" * 40) -> wire.ClientMessage:
    of, call = cast.consultation, a_call("another")
    made: dict[type, wire.ClientMessage] = {
        wire.Ping: wire.Ping(n=1),
        wire.Hello: wire.Hello(version=WIRE_VERSION),
        wire.SetOnCall: wire.SetOnCall(re=1, on=True),
        wire.Call: call,
        wire.CancelCall: wire.CancelCall(re=1, consultation=of),
        wire.AnswerCall: wire.AnswerCall(re=1, consultation=of),
        wire.DeclineCall: wire.DeclineCall(re=1, consultation=of, reason=DeclineReason.BUSY),
        wire.Enter: wire.Enter(re=1, consultation=of),
        wire.Join: wire.Join(re=1, version=WIRE_VERSION, token=token, media=MEDIA),
        wire.Resume: wire.Resume(re=1, version=WIRE_VERSION, token=token, since_seq=0),
        wire.Offer: wire.Offer(re=1, media=MEDIA),
        wire.SetMedia: wire.SetMedia(microphone=True, camera=True),
        wire.Chat: wire.Chat(re=1, key="k", text="hello"),
        wire.Watch: wire.Watch(re=1, mid=Mid("2"), track=None),
        wire.Invite: wire.Invite(re=1, account=AccountId("d" * 26)),
        wire.CancelInvitation: wire.CancelInvitation(re=1, account=AccountId("d" * 26)),
        wire.HangUp: wire.HangUp(re=1),
        wire.Leave: wire.Leave(re=1),
        wire.FastUp: wire.FastUp(body=b"x"),
        **{type(one): one for one in [*LOOKING, *RECORDING]},
    }
    return made[kind]


async def code_of(page: Page, sent: wire.ClientMessage) -> str:
    """The error that a message gets; `allowed` if it is another answer."""
    before = len(page.seen)
    await page.ws.send_str(encode_client(sent).decode())
    number = getattr(sent, "re", 0)
    ping = len(page.seen) + 1
    await page.ws.send_str(encode_client(wire.Ping(n=ping)).decode())
    await page.get(wire.Pong, lambda m: m.n == ping)
    errors = [m for m in page.seen[before:] if isinstance(m, wire.Error) and m.re == number]
    return errors[-1].code if errors else "allowed"


GUARDED_MESSAGES = [kind for kind, expected in MESSAGES.items() if isinstance(expected, Expected)]


def expected_of(kind: type) -> Expected:
    expected = MESSAGES[kind]
    assert isinstance(expected, Expected)
    return expected


async def test_a_stranger_may_ping(cast: Cast) -> None:
    assert await code_of(await cast.world.page(), message(wire.Ping, cast)) == "allowed"


async def test_every_message_of_the_anonymous_is_refused(cast: Cast) -> None:
    got = {kind: await code_of(await cast.world.page(), message(kind, cast)) for kind in GUARDED_MESSAGES}
    assert got == {kind: expected_of(kind).anonymous for kind in GUARDED_MESSAGES}


async def test_every_message_of_the_expired_is_refused(cast: Cast) -> None:
    person = await cast.world.sign_in("village")
    got = {}
    for kind in GUARDED_MESSAGES:
        known = set(cast.world.services.clients)
        page = await cast.world.page(person.http)
        (client,) = cast.world.services.clients - known
        assert client.session is not None
        client.session = replace(client.session, subject=replace(client.session.subject, expires=1))
        audience = Audience.JOIN if kind is wire.Join else Audience.RESUME
        got[kind] = await code_of(page, message(kind, cast, cast.expired_token(audience, cast.consultation)))
        await page.close()
    assert got == {kind: expected_of(kind).expired for kind in GUARDED_MESSAGES}


@pytest.mark.parametrize("who", ["role", "elsewhere"])
async def test_every_message_of_the_wrong_ones_is_refused(cast: Cast, who: str) -> None:
    wanted = {kind: getattr(expected_of(kind), who) for kind in GUARDED_MESSAGES}
    got = {}
    for kind, expected in wanted.items():
        if expected == OWN:
            got[kind] = OWN
        elif kind in _TOKENS:
            audience = Audience.JOIN if kind is wire.Join else Audience.RESUME
            sent = message(kind, cast, cast.join_token(expected[0], audience))
            got[kind] = (expected[0], await code_of(await cast.world.page(), sent))
        else:
            # In the lobby, but in no seat: a participant's messages are refused to all who have none.
            page = await (await cast.world.sign_in(expected[0])).page()
            got[kind] = (expected[0], await code_of(page, message(kind, cast)))
            await page.close()
    assert got == wanted


async def test_an_observer_may_come_in_but_neither_publish_nor_speak(cast: Cast) -> None:
    observer = await cast.world.sign_in("observer")
    async with observer.http.get(f"{cast.world.url}/api/session") as reply:
        account = AccountId((await reply.json())["account"]["account"])

    def ticket() -> str:
        return cast.world.services.tokens.issue(
            Audience.JOIN,
            account=account,
            consultation=cast.consultation,
            role=Role.OBSERVER,
            now=unix_s(),
            lifetime_s=60,
        )

    page = await cast.world.page()
    publishing: Any = wire.Join(re=1, version=WIRE_VERSION, token=ticket(), media=MEDIA)
    assert await code_of(page, publishing) == "forbidden"
    watching = wire.Join(re=2, version=WIRE_VERSION, token=ticket(), media=replace(MEDIA, sends=[]))
    assert await code_of(page, watching) == "allowed"
    acting = (kind for kind in map(type, [*LOOKING, *RECORDING]) if kind is not wire.SayShowing)
    for kind in (wire.Chat, wire.SetMedia, wire.FastUp, wire.HangUp, wire.Invite, *acting):
        sent = message(kind, cast)
        assert await code_of(page, sent) == "forbidden", kind
