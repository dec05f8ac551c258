"""The proxy's own delay and capacity: datagrams at a steady rate through it, one way, delays of 0 and 20 ms; how much
longer do they take than asked? The proxy is a process of its own; sender and receiver are this one."""

import socket
import threading
import time
from typing import Any, Final

import msgspec

from loadtest.impair.process import impaired

RATES: Final = (1_000, 3_000, 6_000, 10_000, 15_000, 20_000)
SECONDS: Final = 3.0
SIZE: Final = 1_100
ASKED_MS: Final = 20.0
# More than this at the 99th percentile and a network it imitates would be another one.
BOUND_MS: Final = 1.0


class Row(msgspec.Struct, frozen=True):
    packets_per_s: int
    arrived: float
    p50_ms: float
    p99_ms: float


def main() -> int:
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    receiver.bind(("127.0.0.1", 0))
    receiver.settimeout(1.0)
    direct = run(receiver, receiver.getsockname(), RATES[1], 0.0)
    print(msgspec.json.encode({"path": "without the proxy", **_plain(direct)}).decode())
    carried = 0
    with impaired(f"127.0.0.1:{receiver.getsockname()[1]}") as proxy:
        for delay in (0.0, ASKED_MS):
            proxy.do(do="set", up={"delay": delay})
            for rate in RATES:
                row = run(receiver, ("127.0.0.1", proxy.port), rate, delay)
                print(
                    msgspec.json.encode({"path": f"proxy, asked for {delay:g} ms", **_plain(row)}).decode(), flush=True
                )
                if row.p99_ms <= BOUND_MS and row.arrived >= 1 and delay:
                    carried = max(carried, rate)
        own = proxy.stats()["own_delay"]
    print(msgspec.json.encode({"packets_per_s_within_bound": carried, "bound_p99_ms": BOUND_MS, "late": own}).decode())
    return 0


def run(receiver: socket.socket, to: tuple[str, int], rate: int, asked_ms: float) -> Row:
    """One rate; the delays beyond what was asked for."""
    total = int(rate * SECONDS)
    extra: list[float] = []
    reading = threading.Thread(target=_receive, args=(receiver, total, extra))
    reading.start()
    _send(to, rate, total)
    reading.join()
    ordered = sorted(one * 1000 - asked_ms for one in extra) or [float("inf")]
    return Row(rate, len(extra) / total, _share(ordered, 0.5), _share(ordered, 0.99))


def _send(to: tuple[str, int], rate: int, total: int) -> None:
    """Evenly, in steps of a millisecond."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    filler = bytes(SIZE - 8)
    began = time.monotonic()
    sent = 0
    while sent < total:
        wanted = min(total, int((time.monotonic() - began) * rate) + 1)
        while sent < wanted:
            sender.sendto(time.monotonic_ns().to_bytes(8, "big") + filler, to)
            sent += 1
        time.sleep(0.001)
    sender.close()


def _receive(receiver: socket.socket, total: int, extra: list[float]) -> None:
    while len(extra) < total:
        try:
            data = receiver.recv(2048)
        except TimeoutError:
            return
        extra.append((time.monotonic_ns() - int.from_bytes(data[:8], "big")) / 1e9)


def _share(ordered: list[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 3)


def _plain(row: Row) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(row)
    return plain
