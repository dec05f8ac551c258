"""The Storage SCP: where imaging devices send pictures by DICOM's own protocol (PS3.4 B, PS3.8), over pynetdicom, in
its threads. Who may send is a list of AE titles, each of an institution; what comes is judged like everything else.

A picture is written as it arrives, into the folder's own place for what is not whole yet: an association that is
aborted leaves nothing.
"""

import contextlib
import errno
import secrets
import socket
import ssl
import threading
import weakref
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, cast

from pydicom.uid import AllTransferSyntaxes
from pynetdicom import AE, AllStoragePresentationContexts, dimse_messages, evt, transport
from pynetdicom import _config as pynetdicom_config
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]  # made at run time
from pynetdicom.transport import AssociationSocket

from sefaw_rtc import logs
from sefaw_rtc.config import Scp, parse_address
from sefaw_rtc.dicom.faults import PictureRefused
from sefaw_rtc.dicom.folder import Bringer, Folder, Incoming
from sefaw_rtc.dicom.stow import Taken, reason
from sefaw_rtc.errors import ConfigError
from signalling.ids import InstitutionId
from signalling.vocabulary import PictureFault

# A device asks for its association at once. Whoever connects and does not, or goes away, keeps a place as long as this.
_ASK_S: Final = 5
_ACCEPTS: Final = "AcceptorServer"  # the library's name for the thread that takes connections; it is not told otherwise
_MOST_PDU: Final = 1 << 20  # ours are 16 kB; a request for 128 contexts with every transfer syntax has 500 kB
_SUCCESS: Final = 0x0000
_OUT_OF_RESOURCES: Final = 0xA700
_REFUSED_SOP_CLASS: Final = 0x0122

log = logs.get("dicom")


class StorageScp:
    """`start`, `close`. `taken` and `refused` count since the start."""

    def __init__(self, config: Scp, folder: Folder, callers: Mapping[str, InstitutionId]) -> None:
        self._config = config
        self._folder = folder
        self._callers = dict(callers)
        self._server: Any = None
        self._thread: threading.Thread | None = None
        self._counting = threading.Lock()
        self.taken = 0
        self.refused: Counter[PictureFault] = Counter()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def listening(self) -> bool:
        """Whether devices can connect: its thread lives."""
        return self._server is not None and self._thread is not None and self._thread.is_alive()

    @property
    def callers(self) -> int:
        """How many are listed."""
        return len(self._callers)

    def start(self) -> None:
        """Listen. ConfigError if the address or the certificate cannot be used."""
        host, port = parse_address(self._config.listen, "scp.listen")
        pynetdicom_config.STORE_RECV_CHUNKED_DATASET = True
        pynetdicom_config.UNRESTRICTED_STORAGE_SERVICE = True  # private storage classes too
        # Its place for what arrives would be the system's temporary folder, without a bound.
        setattr(dimse_messages, "NamedTemporaryFile", self._receive)  # noqa: B010 - not to be told apart by types
        setattr(transport, "AssociationSocket", _Connection)  # noqa: B010 - there is no other way in
        try:
            before = set(threading.enumerate())
            self._server = self._entity().start_server(
                (host, port), block=False, ssl_context=self._tls(), evt_handlers=self._handlers()
            )
        except OSError as error:
            raise ConfigError(f"scp.listen {self._config.listen} cannot be used: {error.strerror or error}.") from error
        started = set(threading.enumerate()) - before
        self._thread = next((one for one in started if one.name.startswith(_ACCEPTS)), None)
        log.info("scp listens", port=self.port, count=len(self._callers), tls=bool(self._config.tls_cert))

    def close(self) -> None:
        """Nobody is let in any more; who is here is cut off, and what was half here goes. Idempotent."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.shutdown()
        for association in list(server.ae.active_associations):
            association.abort()
        for association in list(server.ae.active_associations):
            association.join(_ASK_S)

    def _entity(self) -> AE:
        entity = AE(self._config.ae_title)
        entity.require_called_aet = True
        # An empty list would let everybody in: nobody has this title.
        entity.require_calling_aet = list(self._callers) or [secrets.token_hex(8)]
        entity.maximum_associations = self._config.associations
        entity.network_timeout = entity.dimse_timeout = self._config.idle_s
        entity.acse_timeout = _ASK_S
        for context in AllStoragePresentationContexts:
            entity.add_supported_context(cast("str", context.abstract_syntax), AllTransferSyntaxes)
        entity.add_supported_context(Verification)
        return entity

    def _handlers(self) -> list[Any]:
        return [(evt.EVT_C_STORE, self._store), (evt.EVT_C_ECHO, _echo), (evt.EVT_CONN_CLOSE, _closed)]

    def _tls(self) -> ssl.SSLContext | None:
        """PS3.15 B.12 wants TLS 1.2 at least (BCP 195)."""
        config = self._config
        if not config.tls_cert:
            return None
        context = _Tls(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(config.tls_cert, config.tls_key)
            if config.tls_ca:
                context.load_verify_locations(config.tls_ca)
                context.verify_mode = ssl.CERT_REQUIRED
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"scp.tls_cert {config.tls_cert} cannot be used: {error}.") from error
        return context

    def _receive(self, **_wishes: object) -> "Received":
        """A picture begins. Raising here would kill the association's thread: what goes wrong is kept for later."""
        return Received(self._folder)

    def _store(self, event: evt.Event) -> int:
        """One C-STORE (PS3.4 B.2.3); its status."""
        received = cast("Received", event.request._dataset_file)  # noqa: SLF001 - the only way to it
        caller = str(event.assoc.requestor.ae_title).strip()
        try:
            received.keep(Bringer(self._callers[caller]))
            self._folder.settle()
        except PictureRefused as refused:
            with self._counting:
                self.refused[refused.fault] += 1
            log.info("picture refused", reason=refused.fault)
            if refused.fault is PictureFault.UNSUPPORTED:
                return _REFUSED_SOP_CLASS
            return reason(Taken("", fault=refused.fault))
        except (OSError, KeyError) as error:
            log.warning("picture not kept", error=type(error).__name__)
            return _OUT_OF_RESOURCES
        finally:
            received.drop()
        with self._counting:
            self.taken += 1
        return _SUCCESS


class Received:
    """A picture that is arriving, in the place of the library's temporary file (`name`, `file`, `write`, `flush`,
    `close`). It is gone with its association, however that ends."""

    def __init__(self, folder: Folder) -> None:
        self.file = weakref.proxy(self)
        self.name = ""
        self._most = folder.bounds.file
        self._incoming: Incoming | None = None
        self._refused: PictureRefused | None = None
        try:
            self._incoming = folder.incoming()
        except PictureRefused as refused:
            self._refused = refused
            return
        self.name = str(self._incoming.path)
        weakref.finalize(self, self._incoming.drop)

    def write(self, data: bytes) -> None:
        """More of it; what follows a refusal is read past."""
        if self._incoming is None or self._refused is not None:
            return
        try:
            self._incoming.write(data, self._most)
        except PictureRefused as refused:
            self._refused = refused

    def flush(self) -> None:
        """`keep` sees to it."""

    def keep(self, bringer: Bringer) -> None:
        """It is whole. Raises PictureRefused."""
        if self._incoming is None or self._refused is not None:
            raise self._refused or PictureRefused(PictureFault.STORAGE_FULL)
        self._incoming.keep(bringer)

    def drop(self) -> None:
        """Gone, but for the name it was given. Idempotent."""
        if self._incoming is not None:
            self._incoming.drop()

    close = drop


class _Tls(ssl.SSLContext):
    """The library would do the handshake where it takes connections: one silent stranger, and nobody else gets in. Done
    with the first bytes that are read, it is in the caller's own thread."""

    def wrap_socket(self, sock: socket.socket, *_: Any, **__: Any) -> ssl.SSLSocket:
        sock.settimeout(_ASK_S)
        return super().wrap_socket(sock, server_side=True, do_handshake_on_connect=False)


class _Connection(AssociationSocket):
    """Reads as much as a PDU may have, not as much as it claims to (4 GB, and before anybody was asked who it is)."""

    def recv(self, nr_bytes: int) -> bytearray:
        if nr_bytes > _MOST_PDU:
            raise OSError(errno.EMSGSIZE, "PDU")
        return super().recv(nr_bytes)


def _echo(_event: evt.Event) -> int:
    return _SUCCESS


def _closed(event: evt.Event) -> None:
    """The connection is over: a picture that was arriving goes at once."""
    message = event.assoc.dimse.message
    received = getattr(message, "_data_set_file", None)
    if isinstance(received, Received):
        with contextlib.suppress(OSError):
            received.drop()
