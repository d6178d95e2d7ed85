"""The ledger as a noun of the client: what can be checked without believing anybody."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.client import audit, nouns, verbs
from evenhand.client.content import ProgressCallback

if TYPE_CHECKING:
    from evenhand.client.sync import Client


class Ledger:
    """The organization's own log, the public governance log, and receipts."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def get(self) -> nouns.Ledger:
        """Keys, newest checkpoints and states of both logs, and the policy to check them with."""
        return self._client.send(verbs.get_ledger())

    def root(self) -> dict[str, Any]:
        """Where your checkpoint stands in the newest hash over all customers', which the governance log holds."""
        return self._client.send(verbs.get_ledger_root())

    def receipt(self, entry: str) -> bytes:
        """The proof that an entry is in the published log; in its first seconds, the signed promise that it will be."""
        return b"".join(self._client.stream(verbs.get_receipt(entry)))

    def fetch(
        self, folder: str | Path, *, receipts: Sequence[str] = (), progress: ProgressCallback | None = None
    ) -> list[Path]:
        """Bring an audit package up to date in a folder; the files that were written. receipts: of these entries.

        What is there already is kept: a later version of it that differs is what `evenhand-verify` is to find. progress: called
        with (files written, files in all).
        """
        into, found = Path(folder), self.get()
        written = [audit.write(into / "policy.tlog", found["policy"].encode())]
        for name, log in (("log", found["log"]), ("governance", found["governance"])):
            if log is not None and log["checkpoint"] is not None:
                written += self._fetch_log(into / name, audit.path_of(log["url"]), progress)
        # After the log: whatever it speaks of is there.
        for each in self._client.pages(lambda cursor: verbs.list_wall_documents(None, cursor)):
            path = into / "walls" / f"{each['version']:08}.json"
            if not path.is_file():
                written.append(
                    audit.write(path, b"".join(self._client.stream(verbs.wall_document_file(each["version"]))))
                )
        for entry in receipts:
            written.append(audit.write(into / "receipts" / f"{entry}.tlog-proof", self.receipt(entry)))
        return written

    def _fetch_log(self, folder: Path, path: str, progress: ProgressCallback | None) -> list[Path]:
        checkpoint = self._file(f"{path}/{audit.CHECKPOINT}")
        written, wanted = [], audit.missing(folder, audit.size_of(checkpoint))
        for each in wanted:
            written.append(audit.write(folder / each, self._file(f"{path}/{each}")))
            if progress is not None:
                progress(len(written), len(wanted))
        # Last, so that a copy that broke off never speaks of files that it has not.
        return [*written, audit.write(folder / audit.CHECKPOINT, checkpoint)]

    def _file(self, path: str) -> bytes:
        return b"".join(self._client.stream(verbs.log_file(path)))
