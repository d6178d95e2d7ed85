"""The configuration of the embedded server: durable, quiet about content, and open to nobody without a password."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

DURABILITY = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}

# Socket and loopback alike ask for a password: any account of the machine may reach 127.0.0.1.
HBA = """\
# Written by Evenhand at each start.
local  all  all                scram-sha-256
host   all  all  127.0.0.1/32  scram-sha-256
"""

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "jit": "off",
    # Nothing is replicated from here by subscription: no process waits for it.
    "max_logical_replication_workers": "0",
    # The queue's dead entries slow down every claim until they are vacuumed.
    "autovacuum_naptime": "10s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "datestyle": "iso, ymd",
    "lc_messages": "C",
    "default_text_search_config": "pg_catalog.simple",
    "cluster_name": "evenhand",
    # No content in the log. The text of an error may quote a value, and its detail a whole row, so errors stay with the
    # client that caused them ("log" ranks above "error" here) and what remains comes without details and statements.
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_duration": "off",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
}


def configuration(*, hba: Path, sockets: Path, port: int, extra: Mapping[str, str]) -> str:
    """The text of postgresql.conf. `extra` comes last and wins, save over the places and the port."""
    settings = {
        **_SETTINGS,
        **extra,
        "hba_file": str(hba),
        # A list of names: the inner quotes keep a comma or blank in the path from ending one.
        "unix_socket_directories": '"' + str(sockets).replace('"', '""') + '"',
        "port": str(port),
    }
    lines = (f"{name} = {_quoted(value)}" for name, value in settings.items())
    return "# Written by Evenhand at each start.\n" + "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
