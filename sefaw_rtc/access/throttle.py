"""Slowing down password guessing: who must wait how long. Sans-IO, bounded, nobody sleeps.

Failures are counted per account and per address. Beyond the free ones the wait doubles with each failure up to a
maximum; while it runs, attempts are refused unchecked. An attempt counts as a failure when it begins, so that many at
once gain nothing; success takes it back. A stranger must not be able to keep a doctor out by guessing at her
name: an address that signed in to an account before is counted apart from the strangers.
"""

import ipaddress
from collections import OrderedDict
from typing import Final

import msgspec

# Accounts and addresses remembered. Pushing one out takes thousands of addresses, each slowed down itself.
CAPACITY: Final = 10_000
FORGET_S: Final = 3600  # without a failure for an hour the count begins anew


class _Failures(msgspec.Struct):
    count: int = 0
    last_s: int = 0
    wait_until_s: int = 0


class Backoff:
    """Failures by key. `free` of them cost nothing; the next waits `first_s`, then twice that, up to `max_s`."""

    def __init__(self, *, free: int, first_s: int, max_s: int, capacity: int = CAPACITY) -> None:
        self._free = free
        self._first_s = first_s
        self._max_s = max_s
        self._capacity = capacity
        self._entries: OrderedDict[str, _Failures] = OrderedDict()  # least recently used first

    def __len__(self) -> int:
        return len(self._entries)

    def wait_s(self, key: str, now_s: int) -> int:
        """Seconds until the next attempt of `key`; 0 = now."""
        entry = self._entries.get(key)
        return 0 if entry is None else max(0, entry.wait_until_s - now_s)

    def fail(self, key: str, now_s: int) -> None:
        entry = self._entries.pop(key, None)
        if entry is None or now_s - entry.last_s > max(FORGET_S, self._max_s):
            entry = _Failures()
        entry.count += 1
        entry.last_s = now_s
        entry.wait_until_s = now_s + self._penalty(entry.count)
        self._entries[key] = entry
        if len(self._entries) > self._capacity:
            self._entries.popitem(last=False)

    def take_back(self, key: str, now_s: int) -> None:
        """One failure less: the attempt that counted was right."""
        entry = self._entries.get(key)
        if entry is None:
            return
        entry.count -= 1
        entry.wait_until_s = min(entry.wait_until_s, now_s)
        if entry.count <= 0:
            del self._entries[key]

    def clear(self, key: str) -> None:
        self._entries.pop(key, None)

    def _penalty(self, count: int) -> int:
        beyond = count - self._free
        if beyond <= 0:
            return 0
        return min(self._max_s, self._first_s << min(beyond - 1, 20))


class SignInThrottle:
    """The two counts together. `begin`, then `succeeded` if the password was right; nothing if it was wrong."""

    def __init__(self, *, free: int, free_address: int, first_s: int, max_s: int, capacity: int = CAPACITY) -> None:
        self._accounts = Backoff(free=free, first_s=first_s, max_s=max_s, capacity=capacity)
        self._addresses = Backoff(free=free_address, first_s=first_s, max_s=max_s, capacity=capacity)
        self._capacity = capacity
        self._familiar: OrderedDict[str, None] = OrderedDict()  # account and address that signed in, oldest first

    def begin(self, user: str, address: str, now_s: int) -> int:
        """0 = go on and check the password; else the seconds to wait. Counts as a failure until `succeeded`."""
        account, network = self._account_key(user, address), _network(address)
        wait = max(self._accounts.wait_s(account, now_s), self._addresses.wait_s(network, now_s))
        if wait == 0:
            self._accounts.fail(account, now_s)
            self._addresses.fail(network, now_s)
        return wait

    def succeeded(self, user: str, address: str, now_s: int) -> None:
        """The account's count is cleared; the address's only loses this one, or a valid account would be a way to
        go on guessing at others."""
        self._accounts.clear(self._account_key(user, address))
        self._addresses.take_back(_network(address), now_s)
        pair = f"{user} {_network(address)}"
        self._familiar[pair] = None
        self._familiar.move_to_end(pair)
        if len(self._familiar) > self._capacity:
            self._familiar.popitem(last=False)

    def take_back(self, user: str, address: str, now_s: int) -> None:
        """The attempt could not be checked: it does not count."""
        self._accounts.take_back(self._account_key(user, address), now_s)
        self._addresses.take_back(_network(address), now_s)

    def _account_key(self, user: str, address: str) -> str:
        pair = f"{user} {_network(address)}"
        return pair if pair in self._familiar else user


def _network(address: str) -> str:
    """What one subscriber can choose freely counts as one: an IPv6 /64."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)
