"""NetworkPolicies, and the connections that were really made."""

import contextlib
import ipaddress
import socket
import struct
import threading
from pathlib import Path
from typing import NamedTuple

LISTEN = "0A"


class Party(NamedTuple):
    """Who has an address: a pod, or something outside the release."""

    name: str
    namespace: str
    labels: dict


class Arrow(NamedTuple):
    """A connection: from an address to an address and its port."""

    source: str
    target: str
    port: int
    protocol: str = "TCP"


class Watch:
    """Looks again and again into the network of each pod, and remembers every connection that it sees there."""

    def __init__(self, pods):
        self._pods, self.arrows, self._listening = pods, set(), {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self):
        while not self._ended.wait(0.2):
            for pod in self._pods():
                self.look_at(pod)

    def look_at(self, pod):
        """Connections that have ended are there for a minute, at the end that closed them."""
        holder = pod.network
        if not holder:
            return
        rows = [row for table in ("tcp", "tcp6") for row in _rows(holder, table)]
        with self._lock:
            listening = self._listening.setdefault(pod.address, set())
            listening |= {local[1] for local, _, state in rows if state == LISTEN}
            for local, remote, state in rows:
                if state == LISTEN or ipaddress.ip_address(local[0]).is_loopback:
                    continue
                inward = local[1] in listening
                self.arrows.add(Arrow(remote[0], *local) if inward else Arrow(local[0], *remote))

    def close(self):
        self._ended.set()


def _rows(holder, table):
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{holder}/net/{table}").read_text().splitlines()[1:]:
            _, local, remote, state, *_ = line.split()
            yield _address(local), _address(remote), state


def _address(text):
    host, port = text.split(":")
    words = [struct.pack("=I", int(host[at : at + 8], 16)) for at in range(0, len(host), 8)]
    # An IPv4 address of a socket that speaks both is the last word.
    return socket.inet_ntoa(words[-1]), int(port, 16)


def selects(selector, labels):
    expressions = selector.get("matchExpressions")
    assert not expressions, f"not understood: {expressions}"
    return selector.get("matchLabels", {}).items() <= labels.items()


class Policies:
    """The policies of a namespace, and which of their rules a connection has needed."""

    def __init__(self, documents, namespace):
        self.namespace = namespace
        self.policies = [document for document in documents if document["kind"] == "NetworkPolicy"]
        self.used = set()

    def allows(self, arrow, source, target):
        """Whether both ends let it through."""
        out = self._side("egress", "to", source, target, arrow.target, arrow)
        into = self._side("ingress", "from", target, source, arrow.source, arrow)
        return out and into

    def _side(self, side, peers, own, other, other_address, arrow):
        if own.namespace != self.namespace:
            return True
        governing = [p for p in self.policies if side.capitalize() in p["spec"]["policyTypes"] and selects(p["spec"]["podSelector"], own.labels)]
        allowed = not governing
        for policy in governing:
            for rule in policy["spec"].get(side, []):
                ports = [p for p in rule.get("ports", []) if (p["port"], p.get("protocol", "TCP")) == (arrow.port, arrow.protocol)]
                fitting = [peer for peer in rule.get(peers, []) if self._is(peer, other, other_address)]
                if (ports or not rule.get("ports")) and (fitting or not rule.get(peers)):
                    allowed = True
                    named = {_shown(peer) for peer in fitting} or {"anywhere"}
                    self.used |= {(policy["metadata"]["name"], side, name, arrow.port, arrow.protocol) for name in named}
        return allowed

    def _is(self, peer, party, address):
        if "ipBlock" in peer:
            address, block = ipaddress.ip_address(address), peer["ipBlock"]
            inside = address in ipaddress.ip_network(block["cidr"])
            return inside and not any(address in ipaddress.ip_network(e) for e in block.get("except", []))
        namespace = {"kubernetes.io/metadata.name": party.namespace}
        there = selects(peer["namespaceSelector"], namespace) if "namespaceSelector" in peer else party.namespace == self.namespace
        return there and selects(peer.get("podSelector", {}), party.labels)

    def granted(self):
        """Everything that the policies let through."""
        for policy in self.policies:
            for side, peers in (("egress", "to"), ("ingress", "from")):
                for rule in policy["spec"].get(side, []):
                    for peer in {_shown(peer) for peer in rule.get(peers, [])} or {"anywhere"}:
                        for port in rule.get("ports", []):
                            yield policy["metadata"]["name"], side, peer, port["port"], port.get("protocol", "TCP")


def _shown(peer):
    """A peer as a word: the component of a release, or what else it selects."""
    if "ipBlock" in peer:
        return "internet"
    labels = peer.get("podSelector", {}).get("matchLabels", {})
    if "app.kubernetes.io/component" in labels:
        return labels["app.kubernetes.io/component"]
    return next(iter((labels | peer.get("namespaceSelector", {}).get("matchLabels", {})).values()), "everybody")
