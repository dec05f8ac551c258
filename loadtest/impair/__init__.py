"""A bad network on demand: a userspace proxy for UDP and TCP that delays, loses, reorders, duplicates and throttles
packets, goes dark and changes its source port as a NAT does. `python -m loadtest.impair --help` runs it alone;
docs/impairment.md explains it."""

from loadtest.impair.commands import Blackout, Command, Get, Rebind, Restore, Set, Stats, parse
from loadtest.impair.conditions import Conditions
from loadtest.impair.process import Impaired, ImpairError, impaired
from loadtest.impair.proxy import Proxy

__all__ = [
    "Blackout",
    "Command",
    "Conditions",
    "Get",
    "ImpairError",
    "Impaired",
    "Proxy",
    "Rebind",
    "Restore",
    "Set",
    "Stats",
    "impaired",
    "parse",
]
