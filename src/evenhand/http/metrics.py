"""Metrics for Prometheus: what the processes of this machine counted, and what the database knows of the whole installation.

Several processes answer on one port and the worker on none, so a scrape of one process would see a random part. Under
`evenhand up` they share a folder of counters, which whoever is asked adds up. Figures of the installation (queue, outbox, the
oldest writer) come from the database at the time of asking, and are the same whoever is asked. Nothing names a tenant.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable, Iterator

from fastapi import Request
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries

_queries = Queries.of("evenhand.http")
_GAUGES = {
    "oldest_writer_seconds": "Age of the oldest transaction that writes; above 5 s the ledger and the relay wait for it.",
    "ledger_waiting_rows": "Recorded rows that have no place in a log yet, counted up to 100,000.",
    "ledger_waiting_seconds": "Age of the oldest of them: the ledger's lag.",
    "ledger_unpublished_seconds": "Age of the oldest entry that no published checkpoint holds.",
    "ledger_logs_stopped": "Logs that neither grow nor sign until somebody reconciles them.",
    "connections": "Connections of this installation to its database.",
    "outbox_events": "Events the relay has not told yet.",
    "outbox_oldest_seconds": "Age of the oldest of them: the relay's lag.",
    "tasks_unfinished": "Tasks that still want opinions, of all projects that are not put away.",
    "leases_held": "Tasks that somebody holds now.",
    "releases_building": "Releases that wait for a worker or are being built.",
    "webhook_deliveries_waiting": "Deliveries to webhooks that wait, also for another try.",
    "webhook_deliveries_oldest_seconds": "How long the oldest of them is overdue.",
    "webhooks_disabled": "Webhooks that were disabled because nobody answered for days.",
    "database_bytes": "Size of the database.",
    "register_epoch": "Version of the register of interests.",
    "register_statements": "Statements of ownership in force.",
    "register_ties": "Pairs of parties that the graph ties, as it was solved last.",
    "register_holds_open": "Changes of control that wait for a customer's word.",
    "register_challenges_open": "Claims of customers that wait for the operator's decision.",
    "register_silent": "Vendors and operators that have said nothing for longer than a quarter: an alarm.",
}


class _Installation(Collector):
    """Gauges of one moment."""

    def __init__(self, values: dict[str, float]) -> None:
        self._values = values

    def collect(self) -> Iterator[Metric]:
        for name, text in _GAUGES.items():
            yield GaugeMetricFamily(f"evenhand_{name}", text, value=self._values[name])


async def exposition(database: Database, clock: Clock, shared_folder: str | None) -> bytes:
    """Everything, in Prometheus' text format. shared_folder: where the processes of this machine share their counters."""
    async with database.statement() as connection:
        row = await _queries.row(connection, "operating_facts", now=clock.now())
    assert row is not None
    registry = CollectorRegistry()
    registry.register(_Installation({name: float(row[name]) for name in _GAUGES}))
    if shared_folder is None:
        return generate_latest(registry) + generate_latest(REGISTRY)
    MultiProcessCollector(registry, shared_folder)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def may_read(request: Request, token: str | None) -> bool:
    """Whether somebody may see the metrics: with the token, or from this machine when no proxy stands between."""
    shown = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if token and hmac.compare_digest(shown.encode(), token.encode()):
        return True
    forwarded: Callable[[str], str | None] = request.headers.get
    if forwarded("x-forwarded-for") or forwarded("forwarded"):
        return False
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
