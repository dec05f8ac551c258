"""Notes, checkpoints, cosignatures and proofs: the specifications' own examples, those of other implementations, and
that only one text stands for one thing."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from recordings.tlog import merkle
from recordings.tlog.checkpoint import Checkpoint
from recordings.tlog.errors import NoteInvalid, ProofInvalid, TextInvalid
from recordings.tlog.note import COSIGNATURE, MAX_NOTE, Note, Signature, Signer, VerifierKey
from recordings.tlog.proof import MAX_STEPS, Proof

# c2sp.org/signed-note, "Verifier keys", Example.
SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
# golang.org/x/mod/sumdb/note, package documentation: its secret key, so that signing is tested too.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SECRET = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    f"{GO_TEXT}\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
# A certificate transparency log's checkpoint with witnesses' cosignatures, as they were in public.
REAL = """arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
""".encode()  # noqa: E501 - as it is
REAL_LOG = VerifierKey.parse(
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
)
REAL_WITNESS = VerifierKey.parse("remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2")

LOG = Signer("log.example/sefaw", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
WITNESS = Signer("witness.example/w1", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))), COSIGNATURE)
TEXT = str(Checkpoint("log.example/sefaw", 1, merkle.leaf_hash(b"one")))


def test_the_specification_s_note() -> None:
    key = VerifierKey.parse(SPEC_KEY)
    note = Note.parse(SPEC_NOTE)
    assert (note.text, note.signed_by([key]), str(key), bytes(note)) == (
        "This is an example message.\n",
        {key: None},
        SPEC_KEY,
        SPEC_NOTE,
    )


def test_go_s_note_signed_and_verified() -> None:
    signer = Signer("PeterNeumann", Ed25519PrivateKey.from_private_bytes(GO_SECRET))
    assert str(signer.key) == GO_KEY
    assert bytes(Note(GO_TEXT, (signer.sign(GO_TEXT),))) == GO_NOTE
    assert Note.parse(GO_NOTE).signed_by([VerifierKey.parse(GO_KEY)]) == {signer.key: None}


def test_a_real_log_s_checkpoint_and_its_witness() -> None:
    note = Note.parse(REAL)
    assert note.signed_by([REAL_LOG, REAL_WITNESS]) == {REAL_LOG: None, REAL_WITNESS: 0x6A122120}
    assert Checkpoint.parse(note.text).size == 1_432_088_532
    assert bytes(note) == REAL
    changed = Note.parse(REAL.replace(b"1432088532", b"1432088533"))
    for key in (REAL_LOG, REAL_WITNESS):
        with pytest.raises(NoteInvalid):
            changed.signed_by([key])


def test_the_specification_s_checkpoint() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    checkpoint = Checkpoint.parse(text)
    assert (checkpoint.origin, checkpoint.size, str(checkpoint)) == ("example.com/behind-the-sofa", 20_852_163, text)


def test_a_cosignature_is_over_time_and_text() -> None:
    signature = WITNESS.cosign(TEXT, 1_679_315_147)
    message = f"cosignature/v1\ntime 1679315147\n{TEXT}".encode()
    Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))).public_key().verify(signature.value[8:], message)
    note = Note(TEXT, (LOG.sign(TEXT), signature))
    assert note.signed_by([LOG.key, WITNESS.key]) == {LOG.key: None, WITNESS.key: 1_679_315_147}
    later = Signature(signature.name, signature.key_id, (1_679_315_148).to_bytes(8, "big") + signature.value[8:])
    with pytest.raises(NoteInvalid):
        Note(TEXT, (later,)).signed_by([WITNESS.key])


def test_the_newest_cosignature_counts_and_none_is_there_twice() -> None:
    note = Note(TEXT, (LOG.sign(TEXT),)).with_signatures([WITNESS.cosign(TEXT, 7), WITNESS.cosign(TEXT, 5)])
    assert note.with_signatures([WITNESS.cosign(TEXT, 7)]) == note
    assert note.signed_by([WITNESS.key]) == {WITNESS.key: 7}


def test_unknown_keys_are_passed_over_and_wrong_ones_are_not() -> None:
    stranger = Signer(LOG.key.name, Ed25519PrivateKey.from_private_bytes(bytes(32)))
    note = Note(TEXT, (stranger.sign(TEXT),))
    assert note.signed_by([LOG.key]) == {}
    forged = Signature(LOG.key.name, LOG.key.key_id, stranger.sign(TEXT).value)
    with pytest.raises(NoteInvalid):
        Note(TEXT, (LOG.sign(TEXT), forged)).signed_by([LOG.key])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"\n\n\xe2\x80\x94 a AAAAAAA=\n",
        b"text\n\n- a AAAAAAA=\n",
        "text\n\n— a AAAA\n".encode(),  # no room for a key id
        "text\n\n— a+b AAAAAAA=\n".encode(),
        "text\n\n—  AAAAAAA=\n".encode(),
        "text\n\n— a AAAAAAB=\n".encode(),  # bits that base64 does not carry
        "text\n\n— a AAAAAAA=".encode(),
        "te\txt\n\n— a AAAAAAA=\n".encode(),
        "te\rxt\n\n— a AAAAAAA=\n".encode(),
        "text\n\n— a AAAAAAA=\n\n".encode(),
        b"\xff\n\n" + "— a AAAAAAA=\n".encode(),
        b"x" * MAX_NOTE + "\n\n— a AAAAAAA=\n".encode(),
        b"text\n\n" + "— a AAAAAAA=\n".encode() * 65,
    ],
)
def test_what_is_no_note(data: bytes) -> None:
    with pytest.raises(NoteInvalid):
        Note.parse(data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n1\n",
        "origin\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n9223372036854775808\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
        "origin\n1\nCsUYapGGPo4dkMgIAUqo\n",
        "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
        "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "origin\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
    ],
)
def test_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(TextInvalid):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/foo",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm",
        "exa mple+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ],
)
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(TextInvalid):
        VerifierKey.parse(text)


def test_proofs_as_transparency_dev_writes_them() -> None:
    """transparency-dev/formats proof/tlog_proof_test.go, with a note where it has a placeholder."""
    h1, h2 = (hashlib.sha256(text).digest() for text in (b"hash1", b"hash2"))
    lines = [base64.b64encode(h).decode() for h in (h1, h2)]
    note = Note(TEXT, (LOG.sign(TEXT),))
    texts = {
        f"c2sp.org/tlog-proof@v1\nindex 5\n{lines[0]}\n{lines[1]}\n\n": Proof(5, (h1, h2), note),
        f"c2sp.org/tlog-proof@v1\nextra ZXh0cmEgaW5mb3JtYXRpb24=\nindex 10\n{lines[0]}\n\n": Proof(
            10, (h1,), note, b"extra information"
        ),
        "c2sp.org/tlog-proof@v1\nindex 0\n\n": Proof(0, (), note),
    }
    for text, proof in texts.items():
        assert bytes(proof) == text.encode() + bytes(note)
        assert Proof.parse(bytes(proof)) == proof


@pytest.mark.parametrize(
    "head",
    [
        "wrong-header\nindex 0",
        "c2sp.org/tlog-proof@v1\nextra !!notbase64!!\nindex 0",
        "c2sp.org/tlog-proof@v1\nextra \nindex 0",
        "c2sp.org/tlog-proof@v1",
        "c2sp.org/tlog-proof@v1\nindex notanumber",
        "c2sp.org/tlog-proof@v1\nindex -5",
        "c2sp.org/tlog-proof@v1\nindex 05",
        "c2sp.org/tlog-proof@v1\nindex 0\n!!notbase64!!",
        "c2sp.org/tlog-proof@v1\nindex 0\n" + base64.b64encode(bytes(64)).decode(),
        "c2sp.org/tlog-proof@v1\nindex 0" + ("\n" + base64.b64encode(bytes(32)).decode()) * (MAX_STEPS + 1),
        "c2sp.org/tlog-proof@v1\nextra " + base64.b64encode(bytes(20_000)).decode() + "\nindex 0",
        "c2sp.org/tlog-proof@v1\nindex 0\n" + "a" * 200_000,
        "c2sp.org/tlog-proof@v1\nindex ٣",
    ],
)
def test_what_is_no_proof(head: str) -> None:
    with pytest.raises(TextInvalid):
        Proof.parse(f"{head}\n\n".encode() + bytes(Note(TEXT, (LOG.sign(TEXT),))))


def test_a_proof_holds_for_its_leaf_alone() -> None:
    proof = Proof(0, (), Note(TEXT, (LOG.sign(TEXT),)))
    assert proof.verify(merkle.leaf_hash(b"one")).size == 1
    with pytest.raises(ProofInvalid):
        proof.verify(merkle.leaf_hash(b"two"))


@given(st.binary(max_size=300))
def test_whatever_comes_is_parsed_or_refused(data: bytes) -> None:
    note = bytes(Note(TEXT, (LOG.sign(TEXT),)))
    for read in (Note.parse, Proof.parse, lambda raw: VerifierKey.parse(raw.decode("latin-1"))):
        for text in (data, data + b"\n\n" + note, note + data):
            try:
                found = read(text)
            except (NoteInvalid, TextInvalid):
                continue
            assert bytes(found) == text if isinstance(found, (Note, Proof)) else str(found)


@given(st.integers(0, 10_000), st.integers(0, 7))
def test_every_bit_of_a_signed_checkpoint_counts(at: int, bit: int) -> None:
    """A changed byte is refused, or makes the signature that of somebody else."""
    data = bytearray(bytes(Note(TEXT, (LOG.sign(TEXT), WITNESS.cosign(TEXT, 5)))))
    data[at % len(data)] ^= 1 << bit
    try:
        signed = Note.parse(bytes(data)).signed_by([LOG.key, WITNESS.key])
    except NoteInvalid:
        return
    assert len(signed) < 2
