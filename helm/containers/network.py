"""The network of a test: addresses for pods, addresses for what is outside the cluster, and the cluster's name server."""

import asyncio
import contextlib
import itertools
import os
import socket
import ssl
import struct
import subprocess
import threading

from podman import podman

A, AAAA = 1, 28
NXDOMAIN = 3
DOMAIN = ".cluster.local"


class Network:
    """A bridge for pods, and beside it addresses of this machine that no pod has."""

    def __init__(self):
        self.name = f"stoa-helm-{os.getpid()}"
        taken = subprocess.run(["ip", "route"], capture_output=True, text=True, check=True).stdout
        self.prefix = next(f"10.{number}" for number in range(100 + os.getpid() % 100, 256) if f"10.{number}." not in taken)
        # Debian 12's name server for podman now and then loses a query: the test has one of its own.
        podman("network", "create", "--disable-dns", "--subnet", f"{self.prefix}.0.0/24", self.name)
        self.node = f"{self.prefix}.0.1"
        self._pods = itertools.count(10)
        self._outside = itertools.count(10)
        self._claimed = []
        self._lock = threading.Lock()

    def pod_address(self):
        """One that no pod has had: who an address belonged to stays known."""
        with self._lock:
            return f"{self.prefix}.0.{next(self._pods)}"

    def outside_address(self):
        """One of this machine, which pods reach by way of the bridge."""
        with self._lock:
            address = f"{self.prefix}.1.{next(self._outside)}"
        subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
        self._claimed.append(address)
        return address

    def close(self):
        for address in self._claimed:
            subprocess.run(["ip", "address", "del", f"{address}/32", "dev", "lo"], check=False)
        podman("network", "rm", "--force", self.name)


class Names:
    """The cluster's name server: what `find` knows of a name without the cluster's domain, a list of addresses."""

    def __init__(self, address, find):
        self.find, self.asked_by = find, set()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                query, client = self._socket.recvfrom(4096)
                self.asked_by.add(client[0])
                self._socket.sendto(self._answer(query), client)

    def _answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode())
            at += 1 + query[at]
        kind = struct.unpack("!H", query[at + 1 : at + 3])[0]
        addresses = self.find(".".join(labels).lower())
        records = [socket.inet_aton(address) for address in addresses or [] if kind == A]
        code = NXDOMAIN if addresses is None else 0
        header = query[:2] + struct.pack("!HHHHH", 0x8580 | code, 1, len(records), 0, 0)
        record = b"".join(struct.pack("!HHHIH", 0xC00C, A, 1, 1, 4) + one for one in records)
        return header + query[12 : at + 5] + record

    def close(self):
        self._socket.close()


class Relays:
    """Lead connections on to somewhere else, and may end TLS before."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def open(self, address, port, target, certificate=None, source=None):
        """From an address to what `target` returns, a host and a port; as coming from `source`. Returns the port."""
        tls = None
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(*certificate)
            tls.set_alpn_protocols(["h2"])

        async def lead(reader, writer):
            with contextlib.suppress(OSError):
                there = await asyncio.open_connection(*target(), local_addr=(source, 0) if source else None)
                await asyncio.gather(_pump(reader, there[1]), _pump(there[0], writer))

        started = asyncio.start_server(lead, address, port, ssl=tls)
        server = asyncio.run_coroutine_threadsafe(started, self._loop).result()
        return server.sockets[0].getsockname()[1]

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)


async def _pump(reader, writer):
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    # The other direction ends too: nobody here half-closes.
    writer.close()
