"""Who vouches for the log, who does not, and since when: over restarts too."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recordings import Keyring
from recordings.tlog import COSIGNATURE, LeafKind, PostFailed, Reply, Signer, Submission, TransparencyLog
from recordings.tlog.serving import serve
from recordings.tlog.witness import Witness
from sefaw_rtc.config import Config, Server
from sefaw_rtc.config.tlog import Tlog
from sefaw_rtc.errors import ConfigError
from sefaw_rtc.service.notary import Notary
from sefaw_rtc.service.outages import OUTAGES, Outages
from sefaw_rtc.service.rounds import Partners, Rounds, partners_of
from signalling.ids import ConsultationId
from tests.recordings.sealed import SITE
from tests.recordings.tlog.authority import Authority, answering
from tests.recordings.tlog.test_round import Clock

LOG = Signer("node.example/log", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
KEYS = [Signer(f"w{n}.example", Ed25519PrivateKey.from_private_bytes(bytes([n] * 32)), COSIGNATURE) for n in (1, 2)]
BEGAN = 50


class Partner:
    """A witness that can be away, or refuse."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self.up, self.status, self.now = True, 0, 0
        self.witness = Witness(folder, signer, {LOG.key.name: [LOG.key]})

    def post(self, _path: str, body: bytes, _type: str) -> Reply:
        if not self.up:
            raise PostFailed("nobody")
        if self.status:
            return Reply(self.status, b"")
        answer = self.witness.add_checkpoint(body, lambda: self.now)
        return Reply(answer.status, answer.body)

    def get(self, path: str) -> Reply:
        if not self.up:
            raise PostFailed("nobody")
        found = serve(Path("nowhere"), path.removeprefix("/"), self.witness)
        return Reply(200, found.body) if found else Reply(404, b"")


class Node:
    """A log whose clock, partners and restarts are ours."""

    def __init__(self, data: Path) -> None:
        self.data, self.now, self.count = data, 100, 0
        self.partners = [Partner(data / signer.key.name, signer) for signer in KEYS]
        self.clock = Clock()
        self.start()

    def start(self) -> None:
        self.notary = Notary(
            Keyring(self.data / "archive", SITE), lambda: TransparencyLog.open(self.data / "tlog", LOG)
        )
        submissions = [
            Submission(signer.key, partner.post, partner.get)
            for signer, partner in zip(KEYS, self.partners, strict=True)
        ]
        partners = Partners(submissions, self.clock)
        self.rounds = Rounds(
            self.notary, partners, 1, outages=Outages(self.data / "tlog"), began_s=lambda: BEGAN, now_s=lambda: self.now
        )

    async def round(self, now: int) -> int | None:
        """After one more leaf, at this time; unwitnessed since then."""
        self.now, self.count = now, self.count + 1
        for partner in self.partners:
            partner.now = now
        self.notary.note(ConsultationId("a" * 26), LeafKind.SCORE, f"{self.count:064x}", f"score-{self.count}")
        await self.notary.settle()
        await self.rounds.go()
        return self.rounds.unwitnessed_since

    async def restart(self) -> None:
        await self.notary.close()
        self.start()
        await self.notary.settle()


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    made = Node(tmp_path)
    yield made
    await made.notary.close()


async def test_unwitnessed_since_and_witnessed_again(node: Node) -> None:
    assert not node.rounds.asked
    assert await node.round(100) is None
    assert node.rounds.asked
    node.partners[1].up = False
    assert await node.round(200) == 200
    assert await node.round(300) == 200
    assert (node.rounds.silent, node.rounds.refused) == (["w2.example"], False)
    node.partners[1].up = True
    assert await node.round(400) is None
    assert node.notary.transparency is not None
    assert node.notary.transparency.published == 4, "the log went on"


async def test_without_anything_new_a_partner_who_was_away_is_asked_and_others_are_left_alone(node: Node) -> None:
    assert await node.rounds.go() is None, "an empty log says nothing"
    node.partners[0].up = False
    await node.round(100)
    node.partners[0].up = True
    done = await node.rounds.go()
    assert done is not None
    assert done.whole
    assert await node.rounds.go() is None


async def test_the_hours_of_a_period_are_known_after_restarts_and_when_all_is_well(node: Node) -> None:
    await node.round(100)
    node.partners[0].up = node.partners[1].up = False
    await node.round(200)
    node.partners[0].up = True
    await node.round(300)  # the one is back, the other is not
    await node.restart()
    node.partners[1].up = True
    await node.round(400)
    assert node.rounds.unwitnessed_since is None
    assert await node.rounds.unwitnessed_s(0, 1000) == 100, "until both were seen again, or nobody looked"
    assert await node.rounds.unwitnessed_s(250, 1000) == 50
    assert await node.rounds.unwitnessed_s(300, 1000) == 0
    node.partners[0].up = False
    await node.round(500)
    node.now = 560
    assert await node.rounds.unwitnessed_s(0, 1000) == 160, "and what goes on"
    (node.data / "tlog" / OUTAGES).write_bytes(b"nonsense")
    assert await node.rounds.unwitnessed_s(0, 1000) == 60


async def test_after_a_restart_it_is_known_since_when(node: Node) -> None:
    node.partners[0].up = False
    await node.round(100)
    await node.restart()
    assert await node.round(200) == BEGAN, "never"
    node.partners[0].up = True
    assert await node.round(300) is None
    node.partners[0].up = False
    await node.round(400)
    await node.restart()
    assert await node.round(500) == 300


async def test_a_refusal_is_told_apart_and_stops_nothing(node: Node) -> None:
    node.partners[0].status = 403
    assert await node.round(100) == BEGAN
    assert (node.rounds.silent, node.rounds.refused) == (["w1.example"], True)
    assert not node.notary.stopped


async def test_time_stamps_have_a_since_of_their_own(node: Node) -> None:
    node.clock.up = False
    assert await node.round(100) is None
    assert (node.rounds.unstamped_since, node.rounds.silent) == (BEGAN, [])
    node.clock.up = True
    await node.round(200)
    assert node.rounds.unstamped_since is None


async def test_a_log_that_came_back_from_a_backup_signs_nothing_where_a_partner_knows_better(node: Node) -> None:
    for now in (100, 200):
        await node.round(now)
    await node.notary.close()
    (node.data / "tlog").rename(node.data / "newer")
    node.start()
    await node.round(300)
    assert (node.notary.stopped, node.notary.trouble) == (True, "HistoriesDiffer")
    assert not (node.data / "tlog/checkpoint").exists()
    node.notary.note(ConsultationId("a" * 26), LeafKind.SCORE, "f" * 64, "later")
    await node.notary.settle()
    await node.rounds.go()
    assert not (node.data / "tlog/checkpoint").exists()


def test_partners_are_read_at_the_start(tmp_path: Path) -> None:
    def settings(**tlog: object) -> Config:
        return Config(server=Server(data=str(tmp_path)), tlog=Tlog(**tlog))  # type: ignore[arg-type]

    assert not partners_of(settings())
    with pytest.raises(ConfigError, match=r"tlog\.witnesses"):
        partners_of(settings(witnesses=["nonsense"]))
    for roots in ("", str(tmp_path / "none.pem"), __file__):
        with pytest.raises(ConfigError, match=r"tlog\.tsa_url"):
            partners_of(settings(tsa_url="https://stamps.example", tsa_roots=roots))


async def test_a_real_authority_dates_the_log(node: Node, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "tsa")
    with answering({"/tsa": lambda body: (200, authority.reply(body))}) as address:
        tlog = Tlog(tsa_url=f"{address}/tsa", tsa_roots=str(tmp_path / "tsa/root.pem"))
        partners = partners_of(Config(tlog=tlog))
        node.rounds = Rounds(node.notary, partners, 1, outages=Outages(node.data), began_s=lambda: BEGAN)
        await node.round(100)
        assert node.rounds.unstamped_since is None
    assert node.notary.transparency is not None
    stamped = node.notary.transparency.stamped_until
    assert stamped is not None
    await node.restart()
    node.rounds = Rounds(node.notary, partners, 1, outages=Outages(node.data), began_s=lambda: BEGAN)
    await node.round(200)
    assert node.rounds.unstamped_since == stamped, "the authority is gone"
