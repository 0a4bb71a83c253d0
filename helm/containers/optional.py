"""Connections that the policies allow and a run of the tests goes without, each with its reason."""

import re
from typing import NamedTuple


class Optional(NamedTuple):
    """Patterns of the parts of a rule: its policy, its side, who may be there, port and protocol; and why it is there."""

    policy: str
    side: str
    peer: str
    port: str
    protocol: str
    why: str

    def fits(self, granted):
        return all(re.fullmatch(pattern, str(part)) for pattern, part in zip(self, granted))


OPTIONAL = [
    Optional(".*", "egress", "kube-dns", "53", "TCP", "a name with many addresses; here none has more than a datagram holds"),
    Optional(".*-embedding", "egress", "kube-dns", "53", "UDP", "its model comes from a volume, so here it calls nobody"),
    Optional(".*-(discord|telegram)", "egress", "internet", "443", "TCP", "the platforms themselves; here fakes are under another name"),
    Optional(".*-ingestion", "egress", "internet", "80|443", "TCP", "pages that are taught; no test reaches the internet"),
    Optional(".*-nats", "ingress", "prometheus", "8222", "TCP", "an exporter or KEDA, which no values of these tests have"),
]
