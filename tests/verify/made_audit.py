"""An audit package, as `evenhand ledger fetch` lays it out: two logs, receipts, wall documents, a policy."""

import hashlib
import itertools
from dataclasses import dataclass, field

from made_log import AT, GOVERNANCE, MadeLog, canonical, entry, written

CUSTOMER = "019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b12"
VENDOR = "019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11"
_numbers = itertools.count()


def entity(record, kind="registeredEntity", **details):
    return statement(record, "entity", {"isComponent": False, "entityType": {"type": kind}, **details})


def person(record, **details):
    return statement(record, "person", {"isComponent": False, "personType": "knownPerson", **details})


def holds(holder, subject, *interests, record=None, **more):
    """A relationship. An interest that is a number is a direct share in percent."""
    details = {
        "isComponent": False,
        "interestedParty": holder,
        "subject": subject,
        "interests": [share(each) if isinstance(each, (int, float)) else each for each in interests],
    }
    return statement(record or f"{holder}-{subject}", "relationship", details, **more)


def share(percent, type="shareholding", direct="direct", **more):
    return {"type": type, "directOrIndirect": direct, "share": {"exact": percent}, **more}


def statement(record, kind, details, status="new", **more):
    return {
        "statementId": f"00000000-0000-4000-8000-{next(_numbers):012}",
        "recordId": record,
        "recordType": kind,
        "recordStatus": status,
        "declarationSubject": record,
        "statementDate": "2026-01-02",
        "recordDetails": details,
        **more,
    }


@dataclass
class Audit:
    """What is filed, decided and kept, in order; `write` makes the package."""

    epoch: int = 1
    public: list[bytes] = field(default_factory=list)
    own: list[bytes] = field(default_factory=list)
    documents: list[bytes] = field(default_factory=list)
    withdraw_logs: bool = False

    def file(self, *statements, withdrawn=(), parties=None, by="operator", epoch=None):
        """A filing: the epoch after the last one."""
        self.epoch = epoch or self.epoch + 1
        body = {"epoch": self.epoch, "part": 1, "parts": 1, "declared_by": by, "statements": list(statements)}
        body |= {"withdrawn": list(withdrawn), "parties": parties or {}, "persons": []}
        number = len(self.public)
        self.public.append(
            canonical(
                {
                    "v": 1,
                    "id": hashlib.sha256(b"public %d" % number).hexdigest()[:32],
                    "at": f"2026-03-01T09:00:00.{number:06}Z",
                    "action": "ownership.change",
                    "log": GOVERNANCE,
                    "software": "evenhand 0.2.0",
                    "body": body,
                }
            )
        )
        return self

    def rule(
        self,
        *rivals,
        wall_percent=10,
        on_change="hold",
        waivers=(),
        countersigned=(),
        since="2026-01-01T00:00:00.000000Z",
        until=None,
    ):
        """The customer's next wall document: with whom it is in conflict."""
        self.epoch += 1
        document = canonical(
            {
                "v": 1,
                "kind": "evenhand-walls",
                "organization": CUSTOMER,
                "version": len(self.documents) + 1,
                "epoch": self.epoch,
                "at": "2026-03-01T09:00:00.000000Z",
                "party": "lab-one",
                "policy": {
                    "notice_percent": 5,
                    "wall_percent": wall_percent,
                    "cool_off_days": 180,
                    "on_change": on_change,
                },
                "conflicts": [
                    {"party": each, "basis": "competitor", "since": since, "until": until} for each in rivals
                ],
                "waivers": list(waivers),
                "countersigned": list(countersigned),
            }
        )
        self.documents.append(document)
        digest = hashlib.sha256(document).hexdigest()
        self.own.append(entry(len(self.own), action="policy.change", rule="walls.policy", digest=digest))
        return self

    def let_in(self, vendor=VENDOR, **more):
        """A person of a vendor was let in under the register as it is; the index of that entry."""
        self.own.append(
            entry(
                len(self.own), **{"actor_organization": vendor, "epoch": self.epoch, "action": "asset.release", **more}
            )
        )
        return len(self.own) - 1

    def logs(self):
        return MadeLog(self.own), MadeLog(self.public, GOVERNANCE)

    def write(self, folder):
        own, public = self.logs()
        own.write(folder / "log")
        public.write(folder / "governance")
        policy = own.policy().replace("quorum", f"log {public.signer.vkey}\nquorum")
        (folder / "receipts").mkdir()
        (folder / "walls").mkdir()
        for index in range(0, len(self.own), 3):
            written(folder / "receipts" / f"{index}.tlog-proof", own.proof(index, extra=False))
        for number, document in enumerate(self.documents, 1):
            written(folder / "walls" / f"{number:08}.json", document)
        written(folder / "policy.tlog", policy)
        return folder


__all__ = ["AT", "CUSTOMER", "VENDOR", "Audit", "entity", "holds", "person", "share"]
