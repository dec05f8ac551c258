"""The tree itself: every key with its default, its bounds and its reason. Reads no file and no environment."""

from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from sefaw_rtc.config.archive import Archive
from sefaw_rtc.config.pacs import Pacs
from sefaw_rtc.config.pictures import Dicom, Scp
from sefaw_rtc.config.retention import Retention
from sefaw_rtc.config.review import Review
from sefaw_rtc.config.s3 import S3
from sefaw_rtc.config.section import HIDDEN, Section
from sefaw_rtc.config.section import documented as _doc
from sefaw_rtc.config.tlog import Tlog

KEYS: Final = "keys"  # folder of the data directory
SELF_SIGNED: Final = "self-signed.pem"  # in it: the certificate that the server makes


class Server(Section, frozen=True):
    """Where the server listens and where it keeps its data."""

    http: Annotated[
        str, _doc("HOST:PORT of the pages and of the wire. Port 0 = any free one. Plain HTTP: loopback only.")
    ] = "127.0.0.1:8080"
    media: Annotated[
        list[str],
        _doc(
            "HOST:PORT of the media sockets, one entry per address family; UDP and TCP take the same number, shard"
            " n takes PORT + n. Port 0 = any free one.",
            min_length=1,
            max_length=4,
        ),
    ] = msgspec.field(default_factory=lambda: ["127.0.0.1:7881"])
    announce: Annotated[
        list[str],
        _doc(
            "Media addresses put into answers, HOST or HOST:PORT, where they differ from `media`: NAT, containers,"
            " proxies. Empty = the addresses listened on.",
            max_length=8,
        ),
    ] = msgspec.field(default_factory=list)
    data: Annotated[
        str, _doc("Directory of the database, the consultations' logs and the keys. Made with mode 0700.")
    ] = "data"
    tls_cert: Annotated[str, _doc("PEM file of the certificate chain. Empty = plain HTTP, on loopback only.")] = ""
    tls_key: Annotated[str, _doc("PEM file of the certificate's private key.")] = ""
    self_signed: Annotated[
        bool,
        _doc(
            "Make a certificate for this machine's names and addresses, kept in keys/ of the data directory and "
            "renewed before it ends: TLS on a network without a certificate authority. Phones and computers must be "
            "told once to trust it."
        ),
    ] = False
    shards: Annotated[int, _doc("Threads of the media plane. A consultation lives on one.", ge=1, le=64)] = 1
    public_url: Annotated[
        str,
        _doc(
            "The address people type, such as https://call.example.org, when a proxy stands in front. It is the "
            "one allowed Origin, and https here makes the cookie Secure. Empty = what the request's Host says."
        ),
    ] = ""
    proxied: Annotated[
        bool,
        _doc(
            "A reverse proxy on this machine is the only way in: the client's address for throttling is the last "
            "entry of X-Forwarded-For. False = that header is not believed."
        ),
    ] = False
    drain_s: Annotated[
        int,
        _doc(
            "Seconds that running consultations get to end by themselves when the server is told to stop (SIGTERM). "
            "They come back after the restart, so it need only be long enough to be read and said; and shorter than "
            "the patience of what stops it (a container runtime's is 10 s, systemd's 90). 0 = none.",
            ge=0,
            le=86_400,
        ),
    ] = 8


class Limits(Section, frozen=True):
    """Every limit and its reason. Reaching one gives a typed error and a metric."""

    frame_bytes: Annotated[
        int, _doc("A wire message: an offer (64 KiB at most) and its envelope, twice over.", ge=4096)
    ] = 131_072
    sdp_bytes: Annotated[int, _doc("An SDP by WHIP or WHEP: Chromium's 8-section offer is about 12 kB.", ge=4096)] = (
        65_536
    )
    body_bytes: Annotated[int, _doc("Any other HTTP body: signing in is the largest, under 1 kB.", ge=1024)] = 16_384
    opinion_bytes: Annotated[
        int, _doc("An opinion or its draft: three texts of 4,000 characters, three bytes each.", ge=1024)
    ] = 65_536
    messages_per_s: Annotated[
        int,
        _doc(
            "Wire messages per connection: a busy page sends under 5 a second; View and pointer without a data "
            "channel add 30.",
            ge=5,
        ),
    ] = 60
    message_burst: Annotated[int, _doc("Wire messages at once: a page that comes back sends its backlog.", ge=10)] = 200
    offers_per_minute: Annotated[
        int,
        _doc(
            "Offers per participant: each costs 1-3 ms of CPU; people change a source a few times a minute at most.",
            ge=2,
        ),
    ] = 60
    send_queue: Annotated[
        int,
        _doc(
            "Messages waiting for a slow page; then it is dropped and resumes. About 30 s of a lively consultation.",
            ge=16,
        ),
    ] = 512
    connections: Annotated[int, _doc("Wire connections of the server: each costs about 50 kB.", ge=2)] = 4000
    connections_per_address: Annotated[
        int,
        _doc(
            "Wire connections not yet signed in or joined, per address: a clinic behind one NAT has tens of pages.",
            ge=1,
        ),
    ] = 64
    connections_per_account: Annotated[int, _doc("Wire connections of one account: a few tabs and devices.", ge=1)] = 16
    hello_s: Annotated[
        int,
        _doc(
            "Seconds a new wire connection may stay without `hello`, `join` or `resume`: several round trips of a "
            "bad link.",
            ge=1,
        ),
    ] = 15
    idle_s: Annotated[
        int,
        _doc(
            "Seconds without any frame before a wire connection counts as gone: two missed pings of 15 s and a bad"
            " link's delay.",
            ge=5,
        ),
    ] = 45
    consultations: Annotated[int, _doc("Live consultations of this server: 50 fill a core of two.", ge=1)] = 500
    calls_per_account: Annotated[int, _doc("Open requests of one account: one, and one in another tab.", ge=1)] = 3
    log_bytes: Annotated[
        int,
        _doc("One consultation's log: a day of lively chat is about 20 MB. At the limit the call goes on.", ge=65_536),
    ] = 67_108_864
    participants: Annotated[
        int, _doc("Participants of one consultation; a teaching round has tens of watchers.", ge=2, le=1000)
    ] = 100
    peers: Annotated[int, _doc("Media peers of the server: each costs about 150 kB and a DTLS handshake.", ge=2)] = 4000
    tracks_per_participant: Annotated[
        int, _doc("Published tracks: face, microphone, probe, screen with sound, room.", ge=1, le=16)
    ] = 8
    whip_per_minute: Annotated[
        int,
        _doc("WHIP and WHEP offers per address; load generators on loopback are exempt only through this key.", ge=1),
    ] = 6000
    attachment_bytes: Annotated[
        int,
        _doc(
            "One picture or voice message: a page sends 0.3-1 MB; a phone's untouched photograph fits too.", ge=65_536
        ),
    ] = 8_388_608
    attachments_bytes: Annotated[
        int, _doc("All of one consultation's together: some hundred pictures as a page sends them.", ge=65_536)
    ] = 134_217_728
    attachments_at_once: Annotated[
        int, _doc("Uploads to one consultation at the same moment: one of each doctor, and a slow one.", ge=1, le=64)
    ] = 4
    decoders: Annotated[
        int,
        _doc("Processes that decode pictures: 60-200 MB each while there is something to do.", ge=1, le=64),
    ] = 2
    frames_kept_bytes: Annotated[
        int,
        _doc(
            "Decoded and compressed frames kept in memory, so that the second who looks need not wait: some thousand "
            "CT slices. Thumbnails get an eighth of it besides.",
            ge=1_048_576,
        ),
    ] = 268_435_456
    still_bytes: Annotated[
        int, _doc("A still as its publisher sends it: a PNG of 1080p has 1-5 MB. It is held in memory.", ge=65_536)
    ] = 16_777_216
    stills_at_once: Annotated[int, _doc("Stills on their way to one consultation at the same moment.", ge=1, le=8)] = 2
    free_bytes: Annotated[
        int, _doc("Free disk below which no new consultation opens: room for all live ones to end.", ge=0)
    ] = 67_108_864


class Calls(Section, frozen=True):
    """How long things ring and wait."""

    ring_timeout_s: Annotated[
        int, _doc("One specialist rings this long: long enough to reach a desk.", ge=1, le=600)
    ] = 30
    total_ring_s: Annotated[
        int, _doc("All specialists together; then the caller is told that nobody answered.", ge=1, le=3600)
    ] = 120
    seat_kept_s: Annotated[
        int, _doc("A participant whose connection went may come back as the same one.", ge=1, le=3600)
    ] = 60
    abandoned_s: Annotated[int, _doc("A consultation with nobody connected closes.", ge=1, le=86_400)] = 120


class Access(Section, frozen=True):
    """Signing in, sessions and tokens."""

    session_hours: Annotated[
        int, _doc("A session ends this long after signing in, used or not: one working day.", ge=1, le=168)
    ] = 12
    session_idle_minutes: Annotated[
        int, _doc("A session unused for this long ends; an open page counts as use.", ge=5, le=10_080)
    ] = 120
    sessions_per_account: Annotated[
        int, _doc("The oldest session ends when there are more: a few devices.", ge=1, le=100)
    ] = 10
    join_token_s: Annotated[int, _doc("A join token waits this long for its join; single-use.", ge=10, le=3600)] = 120
    resume_token_hours: Annotated[
        int, _doc("A participant may resume this long: the longest consultation.", ge=1, le=48)
    ] = 12
    media_token_s: Annotated[
        int, _doc("A WHIP or WHEP token, reusable: an encoder is set up once for a consultation.", ge=60, le=86_400)
    ] = 3600
    sign_in_free: Annotated[int, _doc("Wrong passwords for one account before it must wait.", ge=1, le=100)] = 5
    sign_in_free_address: Annotated[
        int, _doc("Wrong passwords from one address before it must wait: a clinic shares one.", ge=1, le=1000)
    ] = 30
    sign_in_wait_s: Annotated[
        int, _doc("The first wait; it doubles with every further wrong password.", ge=1, le=3600)
    ] = 5
    sign_in_wait_max_s: Annotated[
        int,
        _doc(
            "The longest wait: an attacker gets about 100 tries a day, a doctor waits a quarter of an hour at most.",
            ge=1,
            le=86_400,
        ),
    ] = 900
    argon2_memory_kib: Annotated[
        int, _doc("Memory per hash, RFC 9106's second recommendation.", ge=8, le=4_194_304)
    ] = 65_536
    argon2_passes: Annotated[
        int, _doc("Passes per hash, as in that recommendation; about 0.1 s together.", ge=1, le=100)
    ] = 3
    token_key_file: Annotated[
        str,
        _doc(
            "The key that signs tokens, mode 0600. Empty = `token.key` in the data directory, made at the first start."
        ),
    ] = ""
    token_key: Annotated[
        str, _doc("That key itself, base64, 32 bytes at least. Environment only.", extra={HIDDEN: True})
    ] = ""
    metrics_token_file: Annotated[
        str,
        _doc(
            "File of the Bearer token that lets a scraper read /metrics. Empty = only direct requests from this "
            "machine."
        ),
    ] = ""
    metrics_token: Annotated[str, _doc("That token itself. Environment only.", extra={HIDDEN: True})] = ""


class Logs(Section, frozen=True):
    """What the server says of itself, on standard error."""

    level: Annotated[Literal["debug", "info", "warning", "error"], _doc("info: one line per lifecycle transition.")] = (
        "info"
    )
    form: Annotated[Literal["console", "json"], _doc("console for people, json for collectors.")] = "console"


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole tree. `Config()` is the defaults."""

    server: Server = Server()
    limits: Limits = Limits()
    calls: Calls = Calls()
    access: Access = Access()
    archive: Archive = Archive()
    s3: S3 = S3()
    retention: Retention = Retention()
    tlog: Tlog = Tlog()
    review: Review = Review()
    dicom: Dicom = Dicom()
    scp: Scp = Scp()
    pacs: Pacs = Pacs()
    logs: Logs = Logs()

    @property
    def data(self) -> Path:
        return Path(self.server.data)

    @property
    def tls(self) -> bool:
        return bool(self.server.tls_cert) or self.server.self_signed

    @property
    def certificate(self) -> Path | None:
        """The file of the certificate that the server shows; None = plain HTTP."""
        if self.server.self_signed:
            return self.data / KEYS / SELF_SIGNED
        return Path(self.server.tls_cert) if self.server.tls_cert else None

    @property
    def secure_cookies(self) -> bool:
        """Browsers send the cookie over TLS only: ours, or that of a proxy in front."""
        return self.tls or self.server.public_url.startswith("https://")
