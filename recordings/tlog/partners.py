"""Whoever vouches for this log, as an administrator writes it down."""

from cryptography.x509 import load_pem_x509_certificates

from recordings.tlog.errors import TextInvalid
from recordings.tlog.note import COSIGNATURE, VerifierKey
from recordings.tlog.posting import HttpPost
from recordings.tlog.stamp import Rfc3161Stamper
from recordings.tlog.submitting import Submission


def submission_of(text: str) -> Submission:
    """`KEY ADDRESS`: a witness's key, and the address that `/add-checkpoint` is below. Raises `TextInvalid`."""
    key_text, _, address = text.strip().partition(" ")
    key = VerifierKey.parse(key_text)
    if key.kind != COSIGNATURE:
        raise TextInvalid("the key is a log's, not a witness's")
    try:
        post = HttpPost(address.strip())
    except ValueError as error:
        raise TextInvalid(str(error)) from None
    return Submission(key, post, post.get)


def stamper_of(address: str, roots: bytes) -> Rfc3161Stamper:
    """A time stamp authority: its address, and the root certificates that it is trusted by (PEM). Raises
    `TextInvalid`."""
    try:
        return Rfc3161Stamper(HttpPost(address), load_pem_x509_certificates(roots))
    except ValueError as error:
        raise TextInvalid(f"not an authority with a root certificate: {error}") from None
