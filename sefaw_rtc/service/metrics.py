"""What the server counts, for Prometheus. One registry object per server: nothing global, so tests do not meet.

Names: `sefaw_<noun>_<unit>`; the plane's counters appear as `sefaw_media_<name>_total` per shard, as they are.
"""

import asyncio
import gc
import time
from collections import Counter as Tally
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from sefaw_rtc.media import port

SILENT_S = 10.0  # shards report once a second; a machine under heavy load may be late
_JOIN_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class PlaneStats(Collector):
    """The latest statistics of every shard, rendered when somebody asks."""

    def __init__(self) -> None:
        self._by_shard: dict[int, port.Stats] = {}
        self._updated = 0.0

    def update(self, stats: port.Stats) -> None:
        """A shard's statistics, once a second."""
        self._by_shard[stats.shard] = stats
        self._updated = time.monotonic()

    @property
    def silent(self) -> bool:
        """Whether the plane used to report and does not any more."""
        return self._updated > 0 and time.monotonic() - self._updated > SILENT_S

    @property
    def shards(self) -> int:
        """How many shards have reported."""
        return len(self._by_shard)

    @property
    def peers(self) -> int:
        """Peers of all shards."""
        return sum(len(stats.peers) for stats in self._by_shard.values())

    def collect(self) -> Iterator[Metric]:
        rooms = GaugeMetricFamily("sefaw_media_rooms", "Rooms of a shard", labels=["shard"])
        peers = GaugeMetricFamily("sefaw_media_peers", "Peers of a shard", labels=["shard", "transport"])
        tracks = GaugeMetricFamily("sefaw_media_tracks", "Published tracks of a shard", labels=["shard"])
        counters: dict[str, CounterMetricFamily] = {}
        for shard, stats in self._by_shard.items():
            label = str(shard)
            rooms.add_metric([label], stats.rooms)
            tracks.add_metric([label], len(stats.tracks))
            for transport, count in _by_transport(stats).items():
                peers.add_metric([label, transport], count)
            for name, value in stats.counters.items():
                family = counters.setdefault(
                    name, CounterMetricFamily(f"sefaw_media_{name}", f"Media plane: {name}", labels=["shard"])
                )
                family.add_metric([label], value)
        yield rooms
        yield peers
        yield tracks
        yield self._journals()
        yield from counters.values()

    def _journals(self) -> Metric:
        family = GaugeMetricFamily("sefaw_media_journals", "Rooms whose packets are written down", labels=["shard"])
        for shard, stats in self._by_shard.items():
            family.add_metric([str(shard)], len(stats.journals))
        return family


def _by_transport(stats: port.Stats) -> dict[str, int]:
    counts = {"none": 0, "udp": 0, "tcp": 0}
    for peer in stats.peers:
        counts["none" if not peer.connected else "tcp" if peer.tcp else "udp"] += 1
    return counts


class LoopStats(Collector):
    """What must not grow while nobody calls: the loop's tasks."""

    def collect(self) -> Iterator[Metric]:
        try:
            tasks = len(asyncio.all_tasks())
        except RuntimeError:  # asked outside the loop
            return
        yield GaugeMetricFamily("sefaw_tasks", "Tasks of the event loop", value=tasks)


def live_objects() -> bytes:
    """How many objects of our own classes are alive, in Prometheus' text form. Looks through everything there is (tens
    of milliseconds), so only who asks for it gets it."""
    gc.collect()
    tally = Tally(f"{kind.__module__}.{kind.__qualname__}" for kind in map(type, gc.get_objects()) if _ours(kind))
    family = GaugeMetricFamily("sefaw_objects", "Live objects of our own classes", labels=["type"])
    for name, count in sorted(tally.items()):
        family.add_metric([name], count)
    registry = CollectorRegistry()
    registry.register(_Once(family))
    return generate_latest(registry)


def _ours(kind: type) -> bool:
    module = str(kind.__module__)  # extensions' classes may have anything there
    return module.partition(".")[0] in {"sefaw_rtc", "signalling", "recordings"}


class _Once(Collector):
    def __init__(self, family: Metric) -> None:
        self._family = family

    def collect(self) -> Iterator[Metric]:
        yield self._family


class Metrics:
    """The server's own counters beside the plane's."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self.plane = PlaneStats()
        self.registry.register(self.plane)
        ProcessCollector(registry=self.registry)
        self.registry.register(LoopStats())
        r = self.registry
        self.consultations = Gauge("sefaw_consultations", "Live consultations", registry=r)
        self.connections = Gauge("sefaw_connections", "Open wire connections", registry=r)
        self.participants = Gauge("sefaw_participants", "Participants of live consultations", registry=r)
        self.closed = Counter("sefaw_consultations_closed", "Consultations closed, by reason", ["reason"], registry=r)
        self.joins = Counter("sefaw_joins", "Joins, by kind of peer", ["kind"], registry=r)
        self.join_seconds = Histogram(
            "sefaw_join_seconds", "From join to joined", ["kind"], buckets=_JOIN_SECONDS, registry=r
        )
        self.messages = Counter("sefaw_messages", "Wire messages received, by type", ["type"], registry=r)
        self.errors = Counter("sefaw_errors", "Errors told to clients, by code", ["code"], registry=r)
        self.dropped = Counter("sefaw_connections_dropped", "Connections dropped as too slow", registry=r)
        self.limited = Counter("sefaw_limits_reached", "Limits reached, by name", ["limit"], registry=r)
        self.media_ended = Counter("sefaw_media_peers_ended", "Media peers ended, by reason", ["reason"], registry=r)
        self.journal = Counter("sefaw_journal_news", "What media journals said: states, troubles", ["news"], registry=r)
        self.log_failures = Counter("sefaw_log_write_failures", "Log records that could not be written", registry=r)
        self.log_pending = Gauge("sefaw_log_records_pending", "Log records waiting for the disk", registry=r)
        self.log_syncs = Counter("sefaw_log_syncs", "fsyncs of consultation logs", registry=r)

    def note_journal(self, event: port.JournalEvent) -> None:
        """A journal began, paused, ended; the disk does not keep up, is full, refuses; or does again."""
        match event:
            case port.Recording(state=state):
                self.journal.labels(state.value).inc()
            case port.JournalTrouble(reason=reason):
                self.journal.labels(f"trouble_{reason.value}").inc()
            case port.JournalBack(reason=reason):
                self.journal.labels(f"back_{reason.value}").inc()

    def render(self) -> bytes:
        """The text form that a scraper reads."""
        return generate_latest(self.registry)
