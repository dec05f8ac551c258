"""From a call to a proof that another machine checks: two servers that witness each other, and a real time stamp
authority."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from recordings import verify
from recordings.leaves import PROOF, kept_leaves
from recordings.manifest import MANIFEST
from recordings.seal import sealed_manifest
from recordings.tlog import COSIGNATURE, LeafKind, Signer
from sefaw_rtc.access.keys import load_key
from sefaw_rtc.cli.verifying import checked as in_archive
from sefaw_rtc.cli.verifying import trust_of
from sefaw_rtc.config import Config
from sefaw_rtc.config.tlog import Tlog
from sefaw_rtc.service.own_log import own_signer
from signalling import messages as wire
from signalling.events import Closed
from signalling.ids import ConsultationId
from tests.ports import free_ports
from tests.recordings.media.senders import write
from tests.recordings.sealed import talk
from tests.recordings.tlog.authority import Authority, answering
from tests.web.test_recording import consented
from tests.web.world import Page, World, a_world, config, connect

PATIENCE_S = 60.0


class Node:
    """A server that is witnessed by another one and is its witness."""

    def __init__(self, data: Path, port: int) -> None:
        self.port = port
        self.config = config(data)
        self.log_key = str(own_signer(self.config).key)
        private = Ed25519PrivateKey.from_private_bytes(load_key(data / "keys/witness.key")[:32])
        self.witness_key = str(Signer(f"witness-{port}.example", private, COSIGNATURE).key)

    def settings(self, partner: "Node", **more: Any) -> Config:
        tlog = Tlog(
            witness_name=f"witness-{self.port}.example",
            witness_for=[partner.log_key],
            witnesses=[f"{partner.witness_key} http://127.0.0.1:{partner.port}/tlog"],
            round_s=1,
            **more,
        )
        return replace(self.config, tlog=tlog)

    @asynccontextmanager
    async def running(self, partner: "Node", **more: Any) -> AsyncIterator[World]:
        async with a_world(self.config.data, settings=self.settings(partner, **more), at=self.port) as world:
            yield world


@pytest.fixture
def nodes(tmp_path: Path) -> tuple[Node, Node]:
    clinic, county = (Node(tmp_path / name, port) for name, port in zip(("a", "b"), free_ports(2), strict=True))
    return clinic, county


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110 - other processes and threads do it
            await asyncio.sleep(0.05)


async def a_recorded_call(world: World) -> ConsultationId:
    """Its media is written as the plane would."""
    village, _, command = await consented(world)
    keyring = world.services.keeper.keyring
    write(Path(command.folder), talk(24), keyring.open(ConsultationId(command.consultation)), command.consultation)
    await ended(village)
    return ConsultationId(command.consultation)


async def ended(village: Page) -> None:
    await village.ask(wire.HangUp(re=1))
    await village.event(Closed)


def proof_of(world: World, consultation: ConsultationId) -> Path:
    return world.services.keeper.keyring.folder(consultation) / PROOF / "sealed.tlog-proof"


async def bundle(world: World, consultation: ConsultationId, folder: Path) -> Path:
    """As an export lays it out."""
    keyring = world.services.keeper.keyring
    media = folder / "media"
    media.mkdir(parents=True)
    for path in keyring.folder(consultation).glob("media-*.seg"):
        shutil.copy(path, media)
    for name in (MANIFEST, "snapshots"):
        shutil.copy(keyring.folder(consultation) / name, folder)
    shutil.copytree(keyring.folder(consultation) / "tracks", folder / "tracks")
    shutil.copyfile(world.services.keeper.closed_path(consultation), folder / "log")
    (folder / "proof").mkdir()
    for name, data in (await world.services.attesting.proofs.of(consultation)).items():
        (folder / "proof" / name).write_bytes(data)
    return folder


def checked(folder: Path, *trust: str) -> dict[str, Any]:
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "print_out", said.append)
        verify.main([str(folder), "--json", *trust])
    found: dict[str, Any] = json.loads("".join(said))
    return found


def beside_the_server(world: World, consultation: ConsultationId) -> str:
    """What `sefaw-rtc recordings verify` says of it while the server runs."""
    settings, keeper = world.services.config, world.services.keeper
    folder = keeper.keyring.folder(consultation)
    manifest = sealed_manifest(folder)
    assert manifest is not None
    trust = trust_of(settings, keeper.keyring, consultation)
    verdict = in_archive(folder, keeper.closed_path(consultation), manifest, trust)
    assert verdict.found.exit == 0
    return verdict.line(len(manifest.files))


async def test_a_call_is_proved_to_somebody_who_trusts_none_of_us(nodes: tuple[Node, Node], tmp_path: Path) -> None:
    clinic, county = nodes
    authority = Authority(tmp_path / "tsa")
    with answering({"/tsa": lambda body: (200, authority.reply(body))}) as stamps:
        stamped = {"tsa_url": f"{stamps}/tsa", "tsa_roots": str(authority.folder / "root.pem")}
        async with county.running(clinic), clinic.running(county, **stamped) as world:
            consultation = await a_recorded_call(world)
            await until(lambda: world.services.attesting.proofs.waiting == 0 and proof_of(world, consultation).exists())
            assert proof_of(world, consultation).with_suffix(".tsr").exists()
            folder = await bundle(world, consultation, tmp_path / "bundle")
            assert world.services.attesting.rounds.unwitnessed_since is None
            kinds = [leaf.kind for leaf in kept_leaves(proof_of(world, consultation).parent.parent).values()]
            key = world.services.keeper.keyring.open(consultation).raw.hex()
            assert beside_the_server(world, consultation).count(" until 20") == 2
    assert {*kinds} == {LeafKind.CONSENT, LeafKind.OPENED, LeafKind.SEGMENT, LeafKind.SEALED}
    assert kinds.count(LeafKind.SEGMENT) == 3
    roots = f"--tsa-root={authority.folder / 'root.pem'}"
    said = checked(folder, f"--log-key={clinic.log_key}", f"--witness={county.witness_key}", roots, f"--key={key}")
    assert (said["exit"], said["integrity"]["answer"], said["completeness"]["answer"]) == (0, "yes", "yes")
    assert said["witnessed"]["answer"] == said["timestamped"]["answer"] == "yes"
    opened = [(one["code"], one["kind"]) for one in said["integrity"]["checked"] if one["code"].startswith("leaf_")]
    of_events = [("leaf_of_event", "consent"), ("leaf_of_event", "opened")]
    assert sorted(opened) == [*[("leaf_in_log", "segment")] * 3, *of_events], "with the key, also what they are about"


async def test_a_witness_that_is_down_holds_up_nothing_and_is_asked_again(nodes: tuple[Node, Node]) -> None:
    clinic, county = nodes
    async with clinic.running(county) as world:
        attesting = world.services.attesting
        village, _ = await connect(world)
        consultation = (await village.get(wire.JoinedReply)).consultation
        await ended(village)
        await until(lambda: proof_of(world, consultation).exists())
        await until(lambda: attesting.rounds.unwitnessed_since)
        alone = proof_of(world, consultation).read_bytes()
        assert attesting.proofs.waiting == 1, "not the last word yet"
        async with county.running(clinic):
            await until(lambda: attesting.rounds.unwitnessed_since is None)
            await until(lambda: attesting.proofs.waiting == 0)
        witnessed = proof_of(world, consultation).read_bytes()
        name = county.witness_key.partition("+")[0].encode()
        assert (name in alone, name in witnessed) == (False, True)


async def test_what_a_kill_left_is_logged_and_witnessed_after_the_restart(nodes: tuple[Node, Node]) -> None:
    """The proof waits for a partner who is away; so does the memory of it."""
    clinic, county = nodes
    async with clinic.running(county) as world:
        village, _ = await connect(world)
        consultation = (await village.get(wire.JoinedReply)).consultation
        await ended(village)
        await until(lambda: proof_of(world, consultation).exists())
        folder = world.services.keeper.keyring.folder(consultation)
    for path in (folder / PROOF).glob("opened-*.leaf"):
        path.unlink()  # as if it had been killed before this was kept
    async with county.running(clinic), clinic.running(county) as world:
        await until(lambda: proof_of(world, consultation).read_bytes().count(b"witness-") == 1)
        await world.services.notary.settle()  # what was found beside the seal may still wait for its turn
        leaves = kept_leaves(folder)
        assert {leaf.kind for leaf in leaves.values()} == {LeafKind.OPENED, LeafKind.SEALED}
        transparency = world.services.notary.transparency
        assert transparency is not None
        assert all(transparency.number_of(leaf.entry) is not None for leaf in leaves.values())
