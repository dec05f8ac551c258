"""The process: start everything, say when calls can be taken, stop in order when told to."""

import asyncio
import fcntl
import gc
import json
import os
import signal
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import uvloop
from aiohttp import web

from sefaw_rtc import logs
from sefaw_rtc.access import scraper_token
from sefaw_rtc.config import Config, parse_address
from sefaw_rtc.errors import ConfigError
from sefaw_rtc.media.port import MediaEngine
from sefaw_rtc.operations.self_signed import SelfSigned, ensure
from sefaw_rtc.service import bot, demo
from sefaw_rtc.service.draining import drain
from sefaw_rtc.service.host import Host
from sefaw_rtc.service.running import Running
from sefaw_rtc.web.app import make_app

# Pages get their goodbye and close by themselves within this time; what is left then is cut.
SHUTDOWN_S = 3.0
_BACKLOG = 512

log = logs.get("web")

BOT_S = 20.0  # it imports codecs and decodes its clip first: two seconds, ten on a busy machine


@dataclass(frozen=True)
class Options:
    """What the command line adds to the configuration."""

    demo: bool = False
    demo_consultations: int = 1
    bot: bool = True
    ready_file: Path | None = None


def serve(
    config: Config, *, demo: bool, demo_consultations: int = 1, bot: bool = True, ready_file: Path | None = None
) -> None:
    """Run until SIGTERM or SIGINT (`Told`). Raises ConfigError for what cannot be started."""
    options = Options(demo, demo_consultations, bot, ready_file)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(config, options))


async def _serve(config: Config, options: Options) -> None:
    told = Told()
    told.listen(asyncio.get_running_loop())
    engine = open_engine(config)
    try:
        server = await Server.start(config, engine, options)
    except BaseException:
        await engine.close()  # its threads would keep the process alive
        raise
    try:
        await server.settle()
        gc.collect()
        gc.freeze()  # what a start made stays: a collection that looks through it would hold everybody up for 70 ms
        server.announce()
        await told.stop.wait()
        await server.drain(told.hurry)
        log.info("stopping")
    finally:
        await server.stop()


class Told:
    """What the process was told by signals. SIGTERM: stop when the consultations have ended, or after a while; again:
    at once. SIGINT, somebody at the terminal: at once."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.hurry = asyncio.Event()

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.add_signal_handler(signal.SIGTERM, self.terminate)
        loop.add_signal_handler(signal.SIGINT, self.interrupt)

    def terminate(self) -> None:
        if self.stop.is_set():
            self.hurry.set()
        self.stop.set()

    def interrupt(self) -> None:
        self.stop.set()
        self.hurry.set()


class Server:
    """A started process: service, HTTP, the demo's bot."""

    def __init__(self, running: Running, runner: web.AppRunner, url: str, options: Options, lock: IO[bytes]) -> None:
        self._lock = lock
        self.running = running
        self.url = url
        self._runner = runner
        self._options = options
        self.certificate: SelfSigned | None = None
        self._bot: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, config: Config, engine: MediaEngine, options: Options) -> "Server":
        """Start in the order in which things need each other; the first HTTP request is taken last."""
        if options.ready_file is not None:
            options.ready_file.unlink(missing_ok=True)  # a former process's; nothing is ready yet
        lock = lock_data(config.data)
        own = ensure(config, datetime.now(UTC)) if config.server.self_signed else None
        tls = tls_context(config, own)
        listener = listen(config.server.http)
        running = await Running.start(
            config, engine, demo_consultations=options.demo_consultations if options.demo else 0
        )
        app = make_app(running.services, scraper_token=scraper_token(config.access))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S, handle_signals=False)
        await runner.setup()
        await web.SockSite(runner, listener, ssl_context=tls, backlog=_BACKLOG).start()
        server = cls(running, runner, url_of(listener, secure=tls is not None), options, lock)
        server.certificate = own
        if options.demo and options.bot:
            password = demo.password_of(demo.BOT)
            server._bot = asyncio.get_running_loop().create_task(bot.keep_running(server.url, demo.BOT, password))
        return server

    async def settle(self) -> None:
        """A newcomer's first press must find somebody: wait until the demo's bot is on call, but not for ever."""
        deadline = asyncio.get_running_loop().time() + BOT_S
        while self._bot is not None and not self.running.services.desk.somebody_on_call():
            if asyncio.get_running_loop().time() > deadline:
                log.warning("bot late")
                return
            await asyncio.sleep(0.05)

    def announce(self) -> None:
        """Say that calls can be taken: in the log, to the newcomer, and in the ready file."""
        log.info("ready", pid=os.getpid(), consultations=len(self.running.services.registry), demo=self._options.demo)
        if self.certificate is not None:
            print(trust(self.certificate, self.url), flush=True)  # noqa: T201 - for whoever sets the network up
        if self._options.demo:
            print(welcome(self.url, self.running.accounts), flush=True)  # noqa: T201 - for the newcomer at the terminal
        if self._options.ready_file is not None:
            write_atomically(self._options.ready_file, self.ready())

    def ready(self) -> dict[str, Any]:
        """The ready file's content: the door that other programs use."""
        running = self.running
        described: dict[str, Any] = {
            "http": self.url,
            "media": running.switchboard.addresses[0],
            "media_addresses": running.switchboard.addresses,
            "pid": os.getpid(),
            "accounts": [
                {"user": a.user, "password": a.password, "role": a.role.value, "display": a.display}
                for a in running.accounts
            ],
        }
        records = [self._record(host) for host in running.demos]
        if records:
            described |= {**records[0], "consultations": records}
        return described

    def _withdraw(self) -> None:
        if self._options.ready_file is not None:
            self._options.ready_file.unlink(missing_ok=True)

    def _record(self, host: Host) -> dict[str, Any]:
        return {
            "consultation": host.id,
            "whip": f"{self.url}/whip/{host.id}",
            "whep": f"{self.url}/whep/{host.id}",
            "tokens": demo.tokens(self.running.services, host),
        }

    async def drain(self, hurry: asyncio.Event) -> None:
        """No new calls; wait for running ones, not for ever. The ready file goes first: nobody is to come any more."""
        self._withdraw()
        services = self.running.services
        await drain(services, services.config.server.drain_s, hurry)

    async def stop(self) -> None:
        """Tell everybody, then close."""
        self._withdraw()
        if self._bot is not None:
            self._bot.cancel()
            await asyncio.gather(self._bot, return_exceptions=True)
        self.running.farewell()
        await self._runner.cleanup()  # pages get their goodbye; nothing new is taken
        await self.running.stop()
        self._lock.close()
        log.info("stopped")


def lock_data(data: Path) -> IO[bytes]:
    """One server per data directory: two would write the same logs. The lock ends with the process, also by -9."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (data / "lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise ConfigError(f"server.data {data} is used by another running server.") from None
    return lock


def open_engine(config: Config) -> MediaEngine:
    """The real plane. ConfigError if it is not built or an address cannot be used."""
    try:
        from sefaw_rtc.media.engine import Engine  # noqa: PLC0415 - tests run without the built plane
    except ImportError as error:
        raise ConfigError("The media plane is not built; run `make setup`.") from error
    server, limits = config.server, config.limits
    try:
        return Engine(
            server.media,
            server.announce,
            server.shards,
            # A participant has at most a page's peer and an encoder's or player's.
            {"peers_per_shard": max(1, limits.peers // server.shards), "peers_per_room": 2 * limits.participants},
        )
    except (OSError, ValueError) as error:
        raise ConfigError(f"server.media {', '.join(server.media)}: {error}.") from error


def listen(address: str) -> socket.socket:
    """The HTTP socket. ConfigError if the address cannot be used."""
    host, port = parse_address(address, "server.http")
    try:
        family, kind, proto, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, proto)
    except OSError as error:
        raise _unusable(address, error) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise _unusable(address, error) from error
    return listener


def _unusable(address: str, error: OSError) -> ConfigError:
    return ConfigError(f"server.http {address} cannot be used: {error.strerror or error}.")


def url_of(listener: socket.socket, *, secure: bool) -> str:
    """The address to type."""
    host, port = listener.getsockname()[:2]
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return f"{'https' if secure else 'http'}://{authority}"


def tls_context(config: Config, own: SelfSigned | None = None) -> ssl.SSLContext | None:
    """The server's certificate; None = plain HTTP (loopback only, the configuration sees to that)."""
    if not config.tls:
        return None
    server = config.server
    certificate, key = (str(own.certificate), str(own.key)) if own else (server.tls_cert, server.tls_key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key or None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"server.tls_cert {certificate} cannot be used: {error}.") from error
    return context


def write_atomically(path: Path, content: dict[str, Any]) -> None:
    """A reader sees the whole file or none. It holds tokens: for its owner only."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
        file.write("\n")
    temporary.replace(path)


def trust(own: SelfSigned, url: str) -> str:
    """What an administrator of a LAN must know of a certificate that no browser knows yet."""
    port = url.rpartition(":")[2]
    places = [f"https://[{name}]:{port}" if ":" in name else f"https://{name}:{port}" for name in own.names]
    lines = [
        "",
        f"Self-signed certificate: {own.certificate}, good until {own.until:%Y-%m-%d}"
        + (" (new: it must be trusted anew)." if own.made else "."),
        f"SHA-256 fingerprint: {own.fingerprint}",
        f"It is good for: {', '.join(places)}",
        "Browsers warn until it is trusted. Copy the file to each device and compare the fingerprint there:",
        "  Windows: open the file > Install > Local computer > Trusted Root Certification Authorities.",
        "  macOS: open it in Keychain Access > System > Always Trust.",
        "  iPhone, iPad: open it > Settings > General > VPN & Device Management > Install; then General > About >",
        "    Certificate Trust Settings > switch it on.",
        "  Android: Settings > Security > Encryption & credentials > Install a certificate > CA certificate.",
        "  Firefox: Settings > Certificates > View Certificates > Authorities > Import > for websites.",
        "",
    ]
    return "\n".join(lines)


def welcome(url: str, accounts: list[demo.DemoAccount]) -> str:
    """What a newcomer reads on the terminal."""
    width = max((len(account.user) for account in accounts), default=0)
    lines = [f"  {a.user:<{width}}  {a.password:<{width + 5}}  {a.role.value:<15} {a.display}" for a in accounts]
    return "\n".join(["", f"Sefaw RTC is ready: {url}", "Demo accounts (user, password, role):", *lines, ""])
