"""A real, small bundle: a sealed log, the golden media journal's chunks, manifest, proofs in a real log, a cosignature,
a time stamp by OpenSSL. Made once; tests change copies of it."""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from recordings import framing, verify
from recordings.crypt import DataKey, FileKey, Use
from recordings.log import LogWriter
from recordings.manifest import Counts, ExportList, FileEntry, FileKind, LogFacts, Manifest, Segment, by_name, describe
from recordings.tlog.leaf import Leaf, LeafKind, consultation_commitment
from recordings.tlog.log import TransparencyLog
from recordings.tlog.note import COSIGNATURE, Note, Signer
from signalling.ids import ConsultationId
from tests.recordings.tlog.authority import Authority

GOLDEN = Path(__file__).parents[2] / "golden" / "journal_v1"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text("utf-8"))
KEY = bytes.fromhex(EXPECTED["data_key"])
ONE = ConsultationId("a" * 26)
OTHER = ConsultationId("b" * 26)
LOG = Signer("node.example/tlog", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
WITNESS = Signer("witness.example/w1", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))), COSIGNATURE)
WITNESSED_AT = 1_800_000_000


def golden_chunks(name: str) -> list[bytes]:
    """The plaintexts of a golden segment's chunks."""
    first, *boxes = framing.scan((GOLDEN / name).read_bytes()).records
    key = FileKey(DataKey(KEY), Use.MEDIA, bytes.fromhex(json.loads(first)["salt"]), first)
    return [key.open(box, n) for n, box in enumerate(boxes)]


def segment(consultation: str, number: int, chunks: list[bytes]) -> bytes:
    """A media segment as docs/journal.md describes it."""
    salt = hashlib.sha256(f"{consultation} {number}".encode()).digest()
    head = {"kind": "media", "version": 1, "consultation": consultation, "segment": number, "salt": salt.hex()}
    first = json.dumps(head | {"started_unix_us": 1_764_115_200_000_000, "t": 0}, separators=(",", ":")).encode()
    key = FileKey(DataKey(KEY), Use.MEDIA, salt, first)
    return framing.HEADER + b"".join(map(framing.frame, [first, *(key.seal(chunk) for chunk in chunks)]))


def event(seq: int) -> bytes:
    return json.dumps({"seq": seq, "t": seq * 1000, "by": 0, "type": "closing"}, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Made:
    """Where things are, and the arguments that tell verify.py whom to trust."""

    folder: Path
    tlog: Path
    root: Path
    manifest: Manifest

    @property
    def trust(self) -> list[str]:
        return [f"--log-key={LOG.key}", f"--witness={WITNESS.key}", f"--tsa-root={self.root}"]


def make(
    folder: Path, consultation: ConsultationId, authority: Authority, *, files: dict[str, bytes] | None = None
) -> Made:
    """A bundle in `folder`/bundle, from a log in `folder`/tlog."""
    bundle = folder / "bundle"
    (bundle / "media").mkdir(parents=True)
    with LogWriter.create(bundle / "log", consultation, 1_764_115_200_000_000, DataKey(KEY)) as writer:
        for seq in range(1, 9):
            writer.append(event(seq))
    for number in (1, 2):
        data = segment(consultation, number, golden_chunks(f"media-{number:06}.seg"))
        (bundle / f"media/media-{number:06}.seg").write_bytes(data)
    (bundle / "tracks").mkdir()
    (bundle / "tracks/1.webm").write_bytes(b"\x1a\x45\xdf\xa3" + hashlib.shake_128(b"webm").digest(3_000))
    for name, data in (files or {}).items():
        (bundle / name).write_bytes(data)
    manifest = sealed(bundle, consultation)
    (bundle / "manifest.json").write_bytes(bytes(manifest))
    prove(folder, manifest, authority)
    return Made(bundle, folder / "tlog", authority.folder / "root.pem", manifest)


def sealed(bundle: Path, consultation: ConsultationId) -> Manifest:
    """The manifest of what is there."""
    files = [describe(p, p.relative_to(bundle).as_posix(), kind_of(p)) for p in bundle.rglob("*") if p.is_file()]
    records = framing.scan((bundle / "log").read_bytes()).records
    return Manifest(
        consultation=consultation,
        started_unix_us=1_764_115_200_000_000,
        sealed_unix_ms=1_764_118_800_000,
        files=by_name(files),
        segments=tuple(
            Segment(number=int(f.name[12:18]), file=f.name, t_from=0, t_to=1) for f in files if f.kind == FileKind.MEDIA
        ),
        counts=Counts(packets=12, lost=1),
        log=LogFacts(records=len(records), head=hashlib.sha256(records[-1]).hexdigest()),
        state="00" * 32,
        seq=8,
    )


def kind_of(path: Path) -> FileKind:
    return {"log": FileKind.LOG, ".seg": FileKind.MEDIA, ".webm": FileKind.TRACK}.get(
        path.suffix or path.name, FileKind.OTHER
    )


def leaf(kind: LeafKind, consultation: ConsultationId, digest: str) -> Leaf:
    salt = hashlib.sha256(f"{kind} {digest}".encode()).hexdigest()
    said = consultation_commitment(b"salt", consultation)
    return Leaf(kind=kind, consultation=said, digest=digest, salt=salt, t_unix_ms=1_764_118_800_000)


def prove(folder: Path, manifest: Manifest, authority: Authority) -> None:
    """Log the seal among others' leaves, have it witnessed and stamped; then the same of the export's list."""
    bundle = folder / "bundle"
    proof = bundle / "proof"
    proof.mkdir()
    media = next(f for f in manifest.files if f.kind == FileKind.MEDIA)
    with TransparencyLog.open(folder / "tlog", LOG) as log:
        seal = leaf(LeafKind.SEALED, manifest.consultation, manifest.digest)
        segment_leaf = leaf(LeafKind.SEGMENT, manifest.consultation, media.sha256)
        log.append([b"%d" % n for n in range(300)])
        log.append([segment_leaf.entry, seal.entry])
        log.append([b"after %d" % n for n in range(5)])
        note = cosigned(log.publish())
        (proof / "sealed.tlog-proof").write_bytes(bytes(log.prove(seal.entry, note, bytes(seal))))
        (proof / "segment-1.tlog-proof").write_bytes(bytes(log.prove(segment_leaf.entry, note, bytes(segment_leaf))))
        query = stamp_query(note.text.encode())
        (proof / "sealed.tsr").write_bytes(authority.reply(query))
        (proof / "log.vkey").write_text(f"{LOG.key}\n")
        shutil.copyfile(verify.__file__, bundle / "verify.py")
        known = {f.name for f in manifest.files} | {"manifest.json"}
        more: list[FileEntry] = [
            describe(p, name, FileKind.OTHER)
            for p in sorted(bundle.rglob("*"))
            if p.is_file() and (name := p.relative_to(bundle).as_posix()) not in known
        ]
        listed = ExportList(consultation=manifest.consultation, files=by_name(more))
        (bundle / "export.json").write_bytes(bytes(listed))
        export = leaf(LeafKind.EXPORT, manifest.consultation, listed.digest)
        log.append([export.entry])
        (proof / "export.tlog-proof").write_bytes(
            bytes(log.prove(export.entry, cosigned(log.publish()), bytes(export)))
        )


def cosigned(note: Note) -> Note:
    return note.with_signatures([WITNESS.cosign(note.text, WITNESSED_AT)])


def stamp_query(message: bytes) -> bytes:
    return TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build().as_bytes()
