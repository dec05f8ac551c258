"""The Storage SCP against pynetdicom's own SCU: who is let in, what is kept, and that nothing half is."""

import dataclasses
import gc
import socket
import ssl
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
import pytest
from msgspec.structs import replace
from pydicom.uid import AllTransferSyntaxes, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, Association, build_context
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.sop_class import CTImageStorage, UltrasoundMultiFrameImageStorage, Verification

from sefaw_rtc.config import Config, Scp, Server
from sefaw_rtc.dicom.folder import Folder, Room
from sefaw_rtc.dicom.scp import StorageScp
from sefaw_rtc.errors import ConfigError
from sefaw_rtc.operations.self_signed import ensure
from signalling.ids import InstanceId
from tests.dicom.samples import BOUNDS, OURS, SC, THEIRS, dataset, part10, shipped, tree

CONFIG = replace(Scp(), listen="127.0.0.1:0", associations=2, idle_s=10)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder.open(tmp_path / "dicom", BOUNDS)
    yield made
    made.close()


@pytest.fixture
def scp(folder: Folder) -> Iterator[StorageScp]:
    made = StorageScp(CONFIG, folder, {"US1": OURS, "CT1": THEIRS})
    made.start()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _the_callers_sockets() -> Iterator[None]:
    """A caller of the library that was refused leaves its socket to the collector: it is collected here, not in the
    middle of somebody else's test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def call(
    scp: StorageScp, calling: str = "US1", called: str = "SEFAW", contexts: list[Any] | None = None
) -> Association:
    entity = AE(calling)
    entity.connection_timeout = entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 10
    wanted = contexts or [
        build_context(SC, [ExplicitVRLittleEndian, ImplicitVRLittleEndian]),
        build_context(Verification),
    ]
    return entity.associate("127.0.0.1", scp.port, contexts=wanted, ae_title=called)


def settle(wanted: Any) -> None:
    """Threads of the library finish in their own time."""
    deadline = time.monotonic() + 20
    while not wanted():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_picture_is_kept_for_the_callers_institution(scp: StorageScp, folder: Folder) -> None:
    association = call(scp)
    assert association.is_established
    assert association.send_c_echo().Status == 0
    sent = pydicom.dcmread(BytesIO(part10(dataset())))
    assert association.send_c_store(sent).Status == 0
    assert association.send_c_store(sent).Status == 0, "the same again is fine"
    association.release()
    assert tree(folder.root) == {f"{OURS}/1.2.3.1/1.2.3.1.1/1.2.3.1.1.1.dcm"}
    kept = pydicom.dcmread(folder.root / next(iter(tree(folder.root))))
    assert kept == sent
    assert (scp.taken, kept.file_meta.TransferSyntaxUID) == (2, ExplicitVRLittleEndian)


@pytest.mark.parametrize(
    "name", ["MR_small_bigendian.dcm", "image_dfl.dcm", "examples_ybr_color.dcm", "MR_small_jp2klossless.dcm"]
)
def test_every_transfer_syntax_is_kept_as_it_is(scp: StorageScp, folder: Folder, name: str) -> None:
    sent = pydicom.dcmread(shipped(name))
    syntax = sent.file_meta.TransferSyntaxUID
    association = call(scp, contexts=[build_context(sent.SOPClassUID, syntax)])
    assert association.send_c_store(sent).Status == 0
    association.release()
    row = folder.index.find(InstanceId(sent.SOPInstanceUID))
    assert row is not None
    assert row.transfer_syntax == syntax


def test_it_knows_every_transfer_syntax_and_private_classes(scp: StorageScp) -> None:
    contexts = [build_context(CTImageStorage, one) for one in AllTransferSyntaxes]
    contexts += [build_context("1.2.826.0.1.3680043.9.9.9"), build_context(UltrasoundMultiFrameImageStorage)]
    association = call(scp, contexts=contexts)
    assert len(association.accepted_contexts) == len(contexts)
    association.release()


@pytest.mark.parametrize(("calling", "called"), [("NOBODY", "SEFAW"), ("US1", "ANOTHER"), ("us1", "SEFAW")])
def test_whom_it_does_not_know_it_does_not_let_in(scp: StorageScp, folder: Folder, calling: str, called: str) -> None:
    association = call(scp, calling, called)
    assert association.is_rejected
    assert not association.is_established
    assert tree(folder.root) == set()


def test_without_callers_nobody_is_let_in(folder: Folder) -> None:
    scp = StorageScp(CONFIG, folder, {})
    scp.start()
    assert not call(scp).is_established
    scp.close()


def test_only_so_many_at_once(scp: StorageScp) -> None:
    here = [call(scp) for _ in range(2)]
    assert all(one.is_established for one in here)
    assert call(scp).is_rejected
    for one in here:
        one.release()


def garbage(association: Association, data: bytes) -> int:
    """A C-STORE whose dataset is anything."""
    request = C_STORE()
    request.MessageID = 7
    request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = SC, "1.2.3.9"
    request.Priority = 2
    request.DataSet = BytesIO(data)
    context = next(one for one in association.accepted_contexts if one.abstract_syntax == SC)
    association._reactor_checkpoint.clear()  # as its own `send_c_store`: the answer is ours to take
    settle(lambda: association._is_paused)
    association.dimse.send_msg(request, context.context_id)
    _, reply = association.dimse.get_msg(block=True)
    association._reactor_checkpoint.set()
    return int(reply.Status)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\xff" * 1000, 0xC000),
        (b"garbage", 0xC000),
        (part10(dataset())[:-8][132:], 0xC000),
        (part10(dataset(StudyInstanceUID=None)).split(b"\x08\0\x16\0", 1)[1], 0xC000),
    ],
)
def test_garbage_is_refused_and_leaves_nothing(scp: StorageScp, folder: Folder, data: bytes, status: int) -> None:
    association = call(scp, contexts=[build_context(SC, ExplicitVRLittleEndian)])
    assert garbage(association, data) == status
    assert association.send_c_store(pydicom.dcmread(BytesIO(part10(dataset())))).Status == 0, "it goes on"
    association.release()
    assert len(tree(folder.root)) == 1
    assert sum(scp.refused.values()) == 1


def test_another_content_under_the_same_uid(scp: StorageScp, folder: Folder) -> None:
    association = call(scp)
    for pixels, status in ((bytes(16), 0), (bytes([1] * 16), 0x0111)):
        sent = pydicom.dcmread(BytesIO(part10(dataset(PixelData=pixels))))
        assert association.send_c_store(sent).Status == status
    association.release()
    assert len(tree(folder.root)) == 1


def test_what_is_too_large(tmp_path: Path) -> None:
    folder = Folder.open(tmp_path / "dicom", dataclasses.replace(BOUNDS, file=5000))
    scp = StorageScp(CONFIG, folder, {"US1": OURS})
    scp.start()
    association = call(scp)
    large = pydicom.dcmread(BytesIO(part10(dataset(PixelData=bytes(10_000)))))
    assert association.send_c_store(large).Status == 0xA700
    association.release()
    scp.close()
    assert tree(folder.root) == set()
    folder.close()


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    folder = Folder.open(tmp_path / "dicom", BOUNDS, Room(free=1 << 60))
    scp = StorageScp(CONFIG, folder, {"US1": OURS})
    scp.start()
    association = call(scp)
    assert association.send_c_store(pydicom.dcmread(BytesIO(part10(dataset())))).Status == 0xA700
    association.release()
    scp.close()
    assert tree(folder.root) == set()
    folder.close()


def test_an_aborted_association_leaves_nothing(scp: StorageScp, folder: Folder) -> None:
    """In the middle of a picture: by A-ABORT, and by a connection that is simply gone."""
    incoming = folder.root / ".incoming"
    for gone in (False, True):
        association = call(scp)
        request = C_STORE()
        request.MessageID, request.Priority = 7, 2
        request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = SC, "1.2.3.9"
        request.DataSet = BytesIO(part10(dataset())[300:] + bytes(100_000))
        context = association.accepted_contexts[0]
        pdus = list(_pdus(association, request, context.context_id))
        for pdu in pdus[:-1]:
            association.dul.send_pdu(pdu)
        settle(lambda: list(incoming.iterdir()))
        if gone:
            association.dul.socket.socket.shutdown(socket.SHUT_RDWR)
        else:
            association.abort()
        settle(lambda: not list(incoming.iterdir()))
    assert tree(folder.root) == set()
    assert scp.taken == 0


def _pdus(association: Association, request: C_STORE, context: int) -> Iterator[Any]:
    from pynetdicom.dimse_messages import C_STORE_RQ  # noqa: PLC0415 - only here

    message = C_STORE_RQ()
    message.primitive_to_message(request)
    yield from message.encode_msg(context, association.acceptor.maximum_length or 16_382)


def test_a_stranger_on_the_port_harms_nobody(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who says what is none of it, or announces 4 GB of it, has a place for a few seconds; a caller tries again."""
    monkeypatch.setattr("sefaw_rtc.dicom.scp._ASK_S", 0.5)
    scp = StorageScp(CONFIG, folder, {"US1": OURS})
    scp.start()
    for noise in (b"GET / HTTP/1.1\r\n\r\n", b"\x01\x00\xff\xff\xff\xff" + b"x" * 100):
        with socket.create_connection(("127.0.0.1", scp.port), timeout=5) as stranger:
            stranger.sendall(noise)
    settle(lambda: (association := call(scp)).is_established and association.release() is None)
    scp.close()


def test_an_address_that_is_taken(scp: StorageScp, folder: Folder) -> None:
    other = StorageScp(replace(CONFIG, listen=f"127.0.0.1:{scp.port}"), folder, {"US1": OURS})
    with pytest.raises(ConfigError, match="cannot be used"):
        other.start()
    other.close()


def call_tls(scp: StorageScp, certificate: Path) -> Association:
    context = ssl.create_default_context(cafile=str(certificate))
    entity = AE("US1")
    entity.connection_timeout = entity.acse_timeout = entity.dimse_timeout = 10
    contexts = [build_context(SC, ExplicitVRLittleEndian)]
    return entity.associate("127.0.0.1", scp.port, contexts=contexts, ae_title="SEFAW", tls_args=(context, "127.0.0.1"))


def test_over_tls_a_silent_stranger_holds_up_nobody(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sefaw_rtc.dicom.scp._ASK_S", 2)
    settings = Config(server=replace(Server(), data=str(tmp_path), self_signed=True))
    own = ensure(settings, datetime.now(UTC))
    config = replace(CONFIG, tls_cert=str(own.certificate), tls_key=str(own.key))
    scp = StorageScp(config, folder, {"US1": OURS})
    scp.start()
    with socket.create_connection(("127.0.0.1", scp.port), timeout=5):
        made: list[Association] = []

        def attempt() -> bool:
            made.append(call_tls(scp, own.certificate))
            return made[-1].is_established

        settle(attempt)
        assert made[-1].send_c_store(pydicom.dcmread(BytesIO(part10(dataset())))).Status == 0
        made[-1].release()
    scp.close()
    assert len(tree(folder.root)) == 1


def test_a_certificate_that_is_none(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("nothing")
    config = replace(CONFIG, tls_cert=str(tmp_path / "x.pem"), tls_key=str(tmp_path / "x.pem"))
    with pytest.raises(ConfigError, match="cannot be used"):
        StorageScp(config, folder, {"US1": OURS}).start()
