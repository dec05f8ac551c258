"""Does the object store take, give back and remove what it is given? A small object is written under the prefix, and
removed again."""

import secrets
from collections.abc import Iterator
from typing import Final

import msgspec

from recordings.objects import Fault, ObjectsFailed, ObjectStore
from recordings.objects.s3 import S3
from sefaw_rtc.config import Config
from sefaw_rtc.errors import ConfigError
from sefaw_rtc.objects import place_of
from sefaw_rtc.operations.check.finding import Finding, ok, problem

_AREA: Final = "s3"
_ANSWER_S: Final = 10

WORDS: Final = {
    Fault.UNREACHABLE: ("It does not answer.", "Look at s3.endpoint, the network, its certificate (s3.ca_file)."),
    Fault.REFUSED: (
        "It refuses the credentials, or they may not do this.",
        "Look at the access key and the secret key; they must be allowed to list, read, write and remove.",
    ),
    Fault.NO_BUCKET: (
        "There is no such bucket there, or in another region.",
        "Make it, or look at s3.bucket, s3.region.",
    ),
    Fault.CLOCK: ("Its clock and this machine's are too far apart.", "Synchronise both with a time server."),
    Fault.STORE_FULL: ("It has no room.", "Make room there."),
    Fault.MISSING: ("What was written there is not there any more.", "Ask whoever runs it who removes objects."),
    Fault.CHANGED: ("What came back is not what was sent.", "It damages what it keeps: do not rely on it."),
    Fault.LOCAL: ("A file here is gone, or is not what was sealed.", "Run: sefaw-rtc recordings verify"),
    Fault.DISK_FULL: ("There is no room on the disk here for what is fetched.", "Make room here, then try again."),
    Fault.DISK: ("The disk here refuses to read or write.", "Look at the disk."),
    Fault.OTHER_PLACE: ("It lies in another store than the configured one.", "Configure that one again ([s3])."),
    Fault.FAILED: ("It answers with an error.", "Look at its own log."),
}
"""What is met, and what to do about it."""


def examine(config: Config) -> Iterator[Finding]:
    try:
        place = place_of(config)
    except ConfigError as error:
        yield problem(_AREA, str(error), "Correct that; the server does not start before.")
        return
    if place is None:
        yield ok(_AREA, "No object store is configured: recordings lie on the local disk.")
        return
    place = msgspec.structs.replace(place, timeout_s=min(_ANSWER_S, place.timeout_s))
    try:
        _try(S3(place))
    except ObjectsFailed as failed:
        words, do = WORDS[failed.fault]
        yield problem(_AREA, f"{place.name}: {words}", do)
    else:
        yield ok(_AREA, f"{place.name} takes, gives back and removes objects.")


def _try(store: ObjectStore) -> None:
    folder = f"sefaw-check-{secrets.token_hex(8)}/"
    key, content = f"{folder}object", secrets.token_bytes(64)
    store.sizes(folder)  # asked first: what it answers names the fault best
    store.put(key, [content], len(content))
    try:
        if b"".join(store.read(key)) != content or set(store.sizes(folder)) != {key}:
            raise ObjectsFailed(Fault.CHANGED)
    finally:
        store.delete([key])
