"""The keys of pictures: what is taken of DICOM, and the port where devices send it."""

from typing import Annotated

import msgspec

from sefaw_rtc.config.section import Section
from sefaw_rtc.config.section import documented as _doc
from sefaw_rtc.errors import ConfigError


class Dicom(Section, frozen=True):
    """What is taken of DICOM pictures. What is beyond a limit is refused with a word for people."""

    file_bytes: Annotated[
        int,
        _doc(
            "One instance: a long colour cine or a tomosynthesis is 1-3 GB. It streams: this costs disk, not memory.",
            ge=65_536,
        ),
    ] = 4_294_967_296
    upload_bytes: Annotated[int, _doc("One upload, and what a ZIP unpacks to: a CT study is 0.5-2 GB.", ge=65_536)] = (
        8_589_934_592
    )
    consultation_bytes: Annotated[
        int, _doc("All pictures brought into one consultation: a few studies.", ge=65_536)
    ] = 17_179_869_184
    uploads_at_once: Annotated[
        int, _doc("Uploads into one consultation, or of one institution's own, at the same moment.", ge=1, le=64)
    ] = 4
    header_bytes: Annotated[
        int,
        _doc(
            "The values of an instance that are no bulk data: an enhanced CT of 2,000 frames has 8 MB of them.",
            ge=65_536,
        ),
    ] = 33_554_432
    elements: Annotated[
        int,
        _doc(
            "Elements of one instance: an enhanced one has 50 a frame. Each costs about 500 bytes while it is looked "
            "at.",
            ge=1000,
        ),
    ] = 200_000
    depth: Annotated[
        int, _doc("Sequences inside sequences: the deepest report templates have about 16.", ge=4, le=100)
    ] = 32
    fragments: Annotated[
        int, _doc("Pieces of compressed pixels in one instance: a frame each, as a rule.", ge=100, le=1_000_000)
    ] = 300_000
    inflated_bytes: Annotated[
        int,
        _doc("A deflated instance, unpacked: it is held in memory. Reports and small pictures are.", ge=65_536),
    ] = 134_217_728
    frame_bytes: Annotated[
        int,
        _doc("One frame without compression: a mammogram has 40 MB; it is held in memory to be decoded.", ge=65_536),
    ] = 268_435_456
    bulk_bytes: Annotated[
        int, _doc("Bulk data that are no frames, such as a PDF or an ECG: held in memory to be sent.", ge=65_536)
    ] = 67_108_864
    zip_entries: Annotated[int, _doc("Files in one ZIP: ten CT studies.", ge=1, le=65_535)] = 20_000
    zip_ratio: Annotated[
        int,
        _doc(
            "How many times its size a ZIP may unpack to, beyond the first 64 MiB: pictures shrink 2-10 times, black "
            "ones 100 times.",
            ge=10,
        ),
    ] = 100


class Scp(Section, frozen=True):
    """The port where imaging devices send pictures by DICOM's own protocol (C-STORE). Off unless it has an address."""

    listen: Annotated[
        str,
        _doc(
            "HOST:PORT of the Storage SCP; 104 and 11112 are customary, port 0 = any free one. Empty = off. Without "
            "TLS only on a network that is the devices' own."
        ),
    ] = ""
    ae_title: Annotated[
        str, _doc("The server's own AE title, which callers must name.", min_length=1, max_length=16)
    ] = "SEFAW"
    callers: Annotated[
        list[str],
        _doc(
            "Who may send, and whose the pictures are: `AE-TITLE=Institution`, the institution's name as the "
            "administration page shows it. Nobody else is let in.",
            max_length=1000,
        ),
    ] = msgspec.field(default_factory=list)
    associations: Annotated[
        int, _doc("Callers connected at the same moment: each has a thread of its own.", ge=1, le=100)
    ] = 8
    idle_s: Annotated[
        int, _doc("Seconds without a word after which a caller is cut off: an exam may pause between pictures.", ge=5)
    ] = 120
    tls_cert: Annotated[str, _doc("PEM file of the certificate chain for DICOM over TLS. Empty = without TLS.")] = ""
    tls_key: Annotated[str, _doc("PEM file of its private key.")] = ""
    tls_ca: Annotated[
        str,
        _doc("PEM file of the authorities whose certificates callers must show. Empty = callers show none."),
    ] = ""

    def institutions(self) -> dict[str, str]:
        """AE title → institution's name. ConfigError for an entry that is no such pair."""
        pairs = {}
        for entry in self.callers:
            title, equals, institution = (part.strip() for part in entry.partition("="))
            if not equals or not institution or not 1 <= len(title) <= 16 or "\\" in title or not title.isascii():
                raise ConfigError(f"scp.callers: {entry} is not AE-TITLE=Institution.")
            pairs[title] = institution
        return pairs
