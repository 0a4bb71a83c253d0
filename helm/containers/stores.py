"""The stores of a production release, run by others: PostgreSQL, a NATS of three, with TLS, and what the fakes serve."""

import socket

from cluster import wait_until
from world import ASSETS, IMAGES, Program, secret

SERVERS = 3
DATABASE = "db.postgres.svc"


def postgresql(cluster, authority):
    """In a namespace of its own. Its address is a Secret, and who signed its certificate another."""
    cluster.apply([
        authority.secret("postgres-tls", "postgresql", DATABASE),
        secret("stoa-database", url=f"postgres://stoa:a-password@{DATABASE}:5432/stoa?sslmode=verify-full"),
        secret("stoa-database-ca", **{"ca.crt": authority.ca.read_bytes()}),
    ])
    tls = [part for key, file in (("ssl", "on"), ("ssl_cert_file", "/tls/tls.crt"), ("ssl_key_file", "/tls/tls.key")) for part in ("-c", f"{key}={file}")]
    variables = {"POSTGRES_USER": "stoa", "POSTGRES_DB": "stoa", "POSTGRES_PASSWORD": "a-password", "PGDATA": "/data/pgdata"}
    container = {
        "name": "postgres",
        "image": IMAGES["postgres"],
        "args": ["postgres", *tls],
        "env": [{"name": key, "value": value} for key, value in variables.items()],
        "readinessProbe": {"exec": {"command": ["pg_isready", "--quiet", "--host=127.0.0.1"]}, "periodSeconds": 1, "timeoutSeconds": 5},
        "volumeMounts": [{"name": "data", "mountPath": "/data"}, {"name": "tls", "mountPath": "/tls", "readOnly": True}],
    }
    volumes = [{"name": "data", "emptyDir": {}}, {"name": "tls", "secret": {"secretName": "postgres-tls", "defaultMode": 0o440}}]
    spec = {"securityContext": {"runAsUser": 999, "runAsGroup": 999, "fsGroup": 999}, "containers": [container], "volumes": volumes, "enableServiceLinks": False}
    pod = cluster.begin("db", {"metadata": {"labels": {}}, "spec": spec}, namespace="postgres")
    cluster.outside[DATABASE] = pod.address
    cluster.until_ready([pod])


def nats(cluster, authority, credentials):
    """Three servers that are one, and want a certificate and the credentials of a user."""
    names = [f"nats-{number}.nats.nats.svc" for number in range(SERVERS)]
    certificate, key = authority.issue("nats", *names)
    addresses = [cluster.settle("nats", "nats") for _ in names]
    routes = ", ".join(f'"nats://{address}:6222"' for address in addresses)
    for name, address in zip(names, addresses):
        cluster.outside[name] = address
        folder = cluster.folder / name
        folder.mkdir()
        (folder / "nats.conf").write_text(
            f'listen: "{address}:4222"\nserver_name: "{name}"\n'
            f'jetstream {{ store_dir: "{folder}/store", max_mem: 64MB, max_file: 64GB }}\n'
            f'cluster {{ name: "outside", listen: "{address}:6222", routes: [{routes}] }}\n'
            f'tls {{ cert_file: "{certificate}", key_file: "{key}", ca_file: "{authority.ca}", verify: true }}\n'
            f"{credentials['config']}\n"
        )
        yield Program(folder, ASSETS / "bin/nats-server", "--config", folder / "nats.conf")
    cluster.apply([
        secret("stoa-nats", **{"nats.creds": credentials["creds"]}),
        authority.secret("stoa-nats-ca", "nats-client", "stoa"),
    ])
    for address in addresses:
        wait_until(f"NATS listens at {address}", lambda address=address: _listens(address, 4222))


def _listens(address, port):
    with socket.socket() as client:
        return client.connect_ex((address, port)) == 0


def fakes(cluster, authority, known):
    """A language model, Qdrant, S3 and a collector of traces, each by the name that the values have of it."""
    cluster.serve("vllm.models.svc", "models", 8000, known["endpoint"]["url"])
    cluster.serve("otel-collector.monitoring.svc", "monitoring", 4317, known["collector"]["url"])
    cluster.serve("s3.storage.svc", "storage", 8333, known["s3"]["url"])
    name = "qdrant.qdrant.svc"
    cluster.serve(name, "qdrant", 6334, known["qdrant"]["url"], authority.issue("qdrant", name))
    cluster.apply([
        secret("stoa-models", **{"api-key": known["endpoint"]["key"]}),
        secret("stoa-qdrant", **{"api-key": known["qdrant"]["key"]}),
        secret("stoa-qdrant-ca", **{"ca.crt": authority.ca.read_bytes()}),
        secret("stoa-blobs", **{"access-key-id": known["s3"]["key"], "secret-access-key": known["s3"]["secret"]}),
    ])
