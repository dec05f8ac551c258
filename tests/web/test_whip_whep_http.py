"""WHIP and WHEP over HTTP: status codes and problem bodies exactly, who sees what, one encoder at a time."""

from collections.abc import Iterable
from typing import Any

import pytest

from sefaw_rtc.access import Audience
from sefaw_rtc.media import port
from sefaw_rtc.media.fake import accept
from sefaw_rtc.service import demo
from sefaw_rtc.service.clock import unix_s
from sefaw_rtc.store.administration import AccountChange
from signalling import events as ev
from signalling.codec import decode_event, encode_event
from signalling.ids import AccountId
from signalling.vocabulary import Purpose, Role
from tests.web.world import PLAYS_ONLY, SENDS_ONLY, World, a_world, config

SDP = "application/sdp"


class Streamer:
    """An encoder or a player of the demo consultation."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.host = world.running.demos[0]
        self.tokens = demo.tokens(world.services, self.host)

    async def send(
        self, method: str, path: str, token: str | None, body: str = "", kind: str = SDP, **headers: str
    ) -> tuple[int, Any, Any]:
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        headers["Content-Type"] = kind
        url = path if "://" in path else f"{self.world.url}{path}"
        async with self.world.stranger().request(method, url, data=body, headers=headers) as reply:
            is_problem = reply.content_type == "application/problem+json"
            return reply.status, reply.headers, await (reply.json if is_problem else reply.text)()

    async def whip(self, who: str = "publisher", offer: str = SENDS_ONLY, **options: Any) -> tuple[int, Any, Any]:
        return await self.send("POST", f"/whip/{self.host.id}", self.tokens.get(who, who), offer, **options)

    async def whep(self, who: str = "viewer", offer: str = PLAYS_ONLY, **options: Any) -> tuple[int, Any, Any]:
        return await self.send("POST", f"/whep/{self.host.id}", self.tokens.get(who, who), offer, **options)

    def roles(self) -> list[str]:
        return [p.person.role.value for p in self.host.state.participants]


@pytest.fixture
def streamer(world: World) -> Streamer:
    return Streamer(world)


async def test_an_encoder_publishes_the_probe_and_players_watch_it(streamer: Streamer) -> None:
    status, headers, answer = await streamer.whip()
    assert (status, headers["Content-Type"].split(";")[0]) == (201, SDP)
    assert answer.startswith("v=0")
    assert headers["Location"].startswith(f"/whip/{streamer.host.id}/")
    assert [t.purpose for t in streamer.host.state.tracks] == [Purpose.PROBE, Purpose.PROBE]
    assert (await streamer.whep())[0] == 201
    assert (await streamer.whep())[0] == 201
    assert streamer.roles() == ["operator", "observer", "observer"]
    assigned = [c for c in streamer.world.engine.commands if isinstance(c, port.Assign)]
    assert {(c.peer, c.mid, c.track) for c in assigned} == {(2, "0", 1), (2, "1", 2), (3, "0", 1), (3, "1", 2)}


async def test_a_publisher_watches_the_other_but_never_itself(streamer: Streamer) -> None:
    await streamer.whip("publisher")
    await streamer.whip("publisher2")
    assert (await streamer.whep("publisher"))[0] == 201
    assert len(streamer.host.state.participants) == 2
    shown = [c.track for c in streamer.world.engine.commands if isinstance(c, port.Assign)]
    theirs = [t.track for t in streamer.host.state.tracks if t.participant == 2]
    assert shown == theirs


async def test_an_encoder_that_comes_back_replaces_itself(streamer: Streamer) -> None:
    _, first, _ = await streamer.whip()
    await streamer.whip()
    assert len(streamer.host.state.participants) == 1
    assert len(streamer.host.state.tracks) == 2
    status, _, body = await streamer.send("DELETE", first["Location"], streamer.tokens["publisher"])
    assert (status, body["code"]) == (404, "not_found")


async def test_the_end_of_an_encoder_is_the_end_of_its_tracks(streamer: Streamer) -> None:
    _, headers, _ = await streamer.whip()
    _, viewing, _ = await streamer.whep()
    assert (await streamer.send("DELETE", headers["Location"], streamer.tokens["publisher"]))[0] == 200
    assert streamer.host.state.tracks == []
    assert streamer.roles() == ["observer"]
    assert (await streamer.send("DELETE", viewing["Location"], streamer.tokens["viewer"]))[0] == 200
    assert streamer.roles() == []
    assert (await streamer.send("DELETE", headers["Location"], streamer.tokens["publisher"]))[0] == 404


async def test_numbers_of_players_that_left_are_used_again(streamer: Streamer) -> None:
    for _ in range(5):
        _, headers, _ = await streamer.whep()
        await streamer.send("DELETE", headers["Location"], streamer.tokens["viewer"])
    assert streamer.host.state.next_participant == 2


async def test_players_of_the_longest_name_can_be_read_back_from_the_log(streamer: Streamer) -> None:
    """Each player is numbered behind its owner's name, which must stay one."""
    services, host = streamer.world.services, streamer.host
    village = await services.store.run(services.store.accounts.by_user, "village")
    assert village is not None
    longest = AccountChange(
        name="N" * 80, role=village.person.role, institution=village.person.institution, department=None
    )
    await services.store.run(services.store.administration.change_account, village.id, longest, 1)
    token = services.tokens.issue(
        Audience.WHEP,
        account=village.id,
        consultation=host.id,
        role=village.person.role,
        now=unix_s(),
        lifetime_s=60,
    )
    assert (await streamer.whep(token))[0] == 201
    assert [decode_event(encode_event(event)) for event in host.recent_events()] == host.recent_events()


async def test_a_player_whose_media_ended_is_gone_and_an_encoder_keeps_its_seat(streamer: Streamer) -> None:
    await streamer.whip()
    await streamer.whep()
    lost = port.EndReason.CONNECTION_LOST
    streamer.world.engine.emit(port.Ended(peer=1, reason=lost, detail=""))
    streamer.world.engine.emit(port.Ended(peer=2, reason=lost, detail=""))
    assert [(p.person.name, p.connected) for p in streamer.host.state.participants] == [("publisher", False)]
    assert streamer.host.state.tracks == []
    assert (await streamer.whip())[0] == 201
    assert [p.connected for p in streamer.host.state.participants] == [True]


FRAGMENT = "application/trickle-ice-sdpfrag"
TRICKLED = "a=ice-ufrag:abcd\r\na=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n"
RESTART = "a=ice-ufrag:efgh\r\na=ice-pwd:0123456789012345678901\r\n"


@pytest.mark.parametrize("kind", ["whip", "whep"])
async def test_candidates_and_restarts_by_patch(streamer: Streamer, kind: str) -> None:
    """RFC 9725 4.3: the tag names the ICE session; candidates belong to one, a restart to whichever there is."""
    who = {"whip": "publisher", "whep": "viewer"}[kind]
    token, other = streamer.tokens[who], streamer.tokens["viewer" if kind == "whip" else "publisher"]
    await streamer.whip()
    _, created, _ = await (streamer.whip() if kind == "whip" else streamer.whep())
    path, first = created["Location"], created["ETag"]
    assert "ETag" in created["Access-Control-Expose-Headers"]
    assert first.startswith('"')

    async def patch(body: str, token: str = token, kind: str = FRAGMENT, **headers: str) -> tuple[int, Any, Any]:
        return await streamer.send("PATCH", path, token, body, kind, **headers)

    assert (await patch(TRICKLED, **{"If-Match": first}))[0] == 204
    assert any(isinstance(c, port.Trickle) and c.fragment == TRICKLED for c in streamer.world.engine.commands)
    assert (await patch(TRICKLED, **{"If-Match": f'"other", {first}'}))[0] == 204
    status, headers, body = await patch(RESTART, **{"If-Match": "*"})
    assert (status, headers["Content-Type"].split(";")[0]) == (200, FRAGMENT)
    assert headers["ETag"] == '"' + body.split("a=ice-ufrag:")[1].strip() + '"' != first
    refusals = [
        (await patch(TRICKLED), 428, "malformed"),
        (await patch(TRICKLED, **{"If-Match": first}), 412, "out_of_state"),
        (await patch(TRICKLED, **{"If-Match": "W/" + headers["ETag"]}), 412, "out_of_state"),
        (await patch(TRICKLED, kind=SDP, **{"If-Match": headers["ETag"]}), 415, "unsupported_media_type"),
        (await patch(TRICKLED, other, **{"If-Match": headers["ETag"]}), 403 if kind == "whip" else 404, None),
        (await patch("a" * 20_000, **{"If-Match": "*"}), 413, "too_large"),
    ]
    for (status, answered, problem), expected, code in refusals:
        assert (status, problem["status"]) == (expected, expected)
        assert code in {None, problem["code"]}
        assert answered["Content-Type"] == "application/problem+json"
    assert (await patch(TRICKLED, **{"If-Match": headers["ETag"]}))[0] == 204


async def test_a_restart_that_the_plane_refuses_keeps_the_session(tmp_path: Any) -> None:
    def refuse(command: port.Command) -> Iterable[port.Event]:
        if isinstance(command, port.Restart):
            return [port.Refused(request=command.request, code=port.RefuseCode.SDP_MALFORMED, detail="no credentials")]
        return accept(command)

    async with a_world(tmp_path, reply=refuse) as world:
        streamer = Streamer(world)
        _, created, _ = await streamer.whip()
        path, token = created["Location"], streamer.tokens["publisher"]
        assert (await streamer.send("PATCH", path, token, "", FRAGMENT, **{"If-Match": "*"}))[0] == 400
        assert (await streamer.send("PATCH", path, token, TRICKLED, FRAGMENT, **{"If-Match": created["ETag"]}))[
            0
        ] == 204


async def test_refusals_are_problems_with_the_right_status(streamer: Streamer) -> None:
    elsewhere = f"/whip/{'a' * 26}"
    now = 1_000
    expired = streamer.world.services.tokens.issue(
        Audience.WHIP,
        account=AccountId("b" * 26),
        consultation=streamer.host.id,
        role=Role.OPERATOR,
        now=now,
        lifetime_s=1,
    )
    cases = [
        (await streamer.whip("nonsense-that-is-no-token"), 401, "token_invalid"),
        (await streamer.send("POST", f"/whip/{streamer.host.id}", None, SENDS_ONLY), 401, "token_invalid"),
        (await streamer.whip(expired), 401, "token_expired"),
        (await streamer.whip("viewer"), 403, "forbidden"),
        (await streamer.send("POST", elsewhere, streamer.tokens["publisher"], SENDS_ONLY), 404, "not_found"),
        (await streamer.whip(offer="hello"), 400, "sdp_malformed"),
        (await streamer.whip(offer=PLAYS_ONLY), 400, "sdp_malformed"),
        (await streamer.whip(offer=SENDS_ONLY + "a=x\r\n" * 40_000), 413, "too_large"),
        (await streamer.whip(kind="text/plain"), 415, "unsupported_media_type"),
    ]
    for (status, headers, body), expected, code in cases:
        assert (status, body["code"], body["status"]) == (expected, code, expected)
        assert headers["Content-Type"] == "application/problem+json"
        assert {"type", "title", "detail"} <= body.keys()
        assert ("WWW-Authenticate" in headers) == (expected == 401)
    assert streamer.host.state.participants == []


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (port.RefuseCode.SDP_MALFORMED, 400),
        (port.RefuseCode.NO_COMMON_CODEC, 406),
        (port.RefuseCode.TOO_MANY, 429),
        (port.RefuseCode.INTERNAL, 500),
    ],
)
async def test_what_the_plane_refuses_leaves_nobody_behind(
    tmp_path: Any, refusal: port.RefuseCode, status: int
) -> None:
    def refuse(command: port.Command) -> Iterable[port.Event]:
        if isinstance(command, port.Join):
            return [port.Refused(request=command.request, code=refusal, detail="because")]
        return accept(command)

    async with a_world(tmp_path, reply=refuse) as world:
        streamer = Streamer(world)
        got, _, body = await streamer.whip()
        assert (got, body["status"]) == (status, status)
        assert streamer.host.state.participants == []


async def test_too_many_offers_of_one_address(tmp_path: Any) -> None:
    async with a_world(tmp_path, settings=config(tmp_path, whip_per_minute=60)) as world:
        streamer = Streamer(world)
        seen = {(await streamer.whip("nonsense-that-is-no-token"))[0] for _ in range(30)}
        assert seen == {401, 429}


async def test_players_in_other_sites_pages_may_come(streamer: Streamer) -> None:
    status, headers, _ = await streamer.send("OPTIONS", f"/whep/{streamer.host.id}", None)
    assert status == 204
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in headers["Access-Control-Allow-Headers"]
    status, headers, _ = await streamer.whep(Origin="https://player.example")
    assert status == 201
    assert "Location" in headers["Access-Control-Expose-Headers"]
    _, headers, _ = await streamer.whep("nonsense-that-is-no-token", Origin="https://player.example")
    assert headers["Access-Control-Allow-Origin"] == "*"


async def test_a_demo_consultation_survives_its_last_participant(streamer: Streamer) -> None:
    _, headers, _ = await streamer.whip()
    await streamer.send("DELETE", headers["Location"], streamer.tokens["publisher"])
    assert streamer.host.live
    assert (await streamer.whip())[0] == 201
    assert not any(isinstance(e.body, ev.Closing) for e in streamer.host.events_since(1) or [])


async def test_a_token_for_another_consultation_is_refused(tmp_path: Any) -> None:
    async with a_world(tmp_path, demos=2) as world:
        streamer = Streamer(world)
        foreign = demo.tokens(world.services, world.running.demos[1])["publisher"]
        assert (await streamer.whip(foreign))[0] == 403


async def test_a_restart_finds_the_demo_consultation_and_its_tokens_again(tmp_path: Any) -> None:
    async with a_world(tmp_path) as world:
        before = Streamer(world)
        await before.whip()
        async with a_world(tmp_path) as restarted:
            after = Streamer(restarted)
            assert after.host.id == before.host.id
            assert (await after.whip(before.tokens["publisher"]))[0] == 201
            assert [p.connected for p in after.host.state.participants] == [True]
