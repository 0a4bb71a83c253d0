"""The life of a release: install, test, upgrade, rollback, uninstall, against the stand-in API server."""

import json
import shutil

import pytest

from api_server import Server
from harness import CHART, HELMS, run, tool

OUTSIDE = {"database": {"existingSecret": "db"}, "nats": {"url": "nats://n:4222"}, "qdrant": {"url": "http://q:6334"}, "blobs": {"url": "s3://b/p", "existingSecret": "s3"}, "auth": {"existingSecret": "token"}}
SCALED = {"embedding": {"autoscaling": {"enabled": True, "minReplicas": 3, "maxReplicas": 9}}}


class Release:
    """Helm on a stand-in, with the values of the last change kept as Helm keeps them."""

    def __init__(self, server, helm, folder):
        self.server, self.helm, self.folder = server, helm, folder

    def __call__(self, *arguments, check=True):
        wait = ["--kubeconfig", self.server.config, "--namespace", "chat"]
        return run(tool(self.helm), *arguments, *wait, check=check)

    def change(self, verb, values=None, chart=CHART, check=True, wait=False):
        file = self.folder / "values.json"
        file.write_text(json.dumps(values or {}))
        # Helm 3 looks every two seconds whether all is ready, so only one life waits for it.
        return self(verb, "stoa", chart, "--values", file, "--timeout", "30s", *(["--wait"] if wait else []), check=check)

    def get(self, plural, name):
        return self.server.cluster.objects[(plural, "chat", name)]

    def give(self, name, **data):
        key = ("secrets", "chat", name)
        self.server.cluster.write(key, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data, "type": "Opaque"}, self.server.cluster.objects.get(key))

    def scale(self, service, count):
        """As an autoscaler does."""
        live = self.get("deployments", f"stoa-{service}")
        self.server.cluster.write(("deployments", "chat", live["metadata"]["name"]), live | {"spec": live["spec"] | {"replicas": count}}, live)

    def annotation(self, plural, service, which="secrets"):
        return self.get(plural, f"stoa-{service}")["spec"]["template"]["metadata"]["annotations"][f"checksum/{which}"]


@pytest.fixture(params=HELMS)
def release(request, tmp_path):
    with Server(tmp_path) as server:
        yield Release(server, request.param, tmp_path)


def kinds_left(release):
    return {item["kind"] for item in release.server.cluster.objects.values()}


def test_the_whole_life_of_a_minimal_release(release, tmp_path):
    # The version before: there is none yet, so it is this chart under an older number.
    older = tmp_path / "stoa"
    shutil.copytree(CHART, older)
    text = (older / "Chart.yaml").read_text()
    (older / "Chart.yaml").write_text(text.replace("version: 0.1.0", "version: 0.0.9").replace('appVersion: "0.1.0"', 'appVersion: "0.0.9"'))
    notes = release.change("install", chart=older, wait=True).stdout
    assert "NOT FOR PRODUCTION" in notes and "helm test stoa" in notes
    assert "Complete" in json.dumps(release.get("jobs", "stoa-migrate-1")["status"])
    release("test", "stoa")
    assert ("ADDED", "Pod", "stoa-test") in release.server.cluster.writes
    kept = {key: item["data"] for key, item in release.server.cluster.objects.items() if key[0] == "secrets" and not key[2].startswith("sh.helm")}
    release.change("upgrade", wait=True)
    release.change("upgrade")
    for key, data in kept.items():
        assert release.server.cluster.objects[key]["data"] == data, f"{key[2]} did not stay"
    assert len(kept) == 11
    image = release.get("deployments", "stoa-embedding")["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image.endswith(":0.1.0")
    release("rollback", "stoa", "1", "--wait", "--timeout", "30s")
    image = release.get("deployments", "stoa-embedding")["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image.endswith(":0.0.9")
    release("uninstall", "stoa", "--wait", "--timeout", "30s")
    assert kinds_left(release) == {"PersistentVolumeClaim"}


def test_migrations_run_before_anything_else_is_changed(release):
    for name in ("db", "s3", "token"):
        release.give(name, url="eA==", token="eA==")
    release.change("install", OUTSIDE)
    writes = release.server.cluster.writes
    migrated = writes.index(("ADDED", "Job", "stoa-migrate"))
    assert migrated < min(index for index, write in enumerate(writes) if write[1] == "Deployment")
    # The hook cleans up after itself, and may run again.
    assert ("jobs", "chat", "stoa-migrate") not in release.server.cluster.objects
    release.change("upgrade", OUTSIDE)
    assert writes.count(("ADDED", "Job", "stoa-migrate")) == 2
    release("uninstall", "stoa")
    assert kinds_left(release) == {"Secret"}


def test_an_autoscaler_never_drops_to_one(release):
    fixed = {"embedding": {"replicas": 4}}
    counts = []
    release.change("install", fixed)
    for values in (SCALED, SCALED, fixed, SCALED):
        release.change("upgrade", values)
        counts.append(release.get("deployments", "stoa-embedding")["spec"]["replicas"])
        written = [item["spec"]["replicas"] for _, verb, key, item in release.server.cluster.events if key[2] == "stoa-embedding" and key[0] == "deployments" and verb == "MODIFIED"]
        assert min(written, default=3) >= 3
        # The autoscaler works in between.
        release.scale("embedding", 6 if values is SCALED else 4)
    assert counts[0] == 4 and counts[1] == 6 and counts[3] == 4


def test_a_token_is_rotated_with_both_valid_in_between(release):
    release.change("install")
    before = release.get("secrets", "stoa-auth")["data"]["token"]
    first = release.annotation("deployments", "generation")
    release.change("upgrade", {"auth": {"rotation": 2}})
    after = release.get("secrets", "stoa-auth")["data"]
    assert after["token"] != before and after["token-previous"] == before
    assert release.annotation("deployments", "generation") != first
    release.change("upgrade", {"auth": {"rotation": 2}})
    assert release.get("secrets", "stoa-auth")["data"] == after


def test_a_secret_of_ones_own_that_changes_restarts_what_uses_it(release):
    release.give("bot", token="b25l")
    values = {"discord": {"existingSecret": "bot"}}
    release.change("install", values)
    before = {service: release.annotation("deployments", service) for service in ("discord", "generation")}
    release.give("bot", token="dHdv")
    release.change("upgrade", values)
    assert release.annotation("deployments", "discord") != before["discord"]
    assert release.annotation("deployments", "generation") == before["generation"]


def test_a_claim_that_cannot_change_is_explained(release):
    release.change("install")
    refused = release.change("upgrade", {"retrieval": {"persistence": {"size": "99Gi"}}}, check=False)
    assert refused.returncode and "--cascade=orphan" in refused.stderr


def test_the_stand_in_is_strict(release, tmp_path):
    wrong = tmp_path / "wrong"
    shutil.copytree(CHART, wrong)
    path = wrong / "templates/_pod.tpl"
    path.write_text(path.read_text().replace("enableServiceLinks: false", "enableServiceLinkz: false"))
    refused = release.change("install", chart=wrong, check=False)
    assert refused.returncode and "enableServiceLinkz" in refused.stderr


def test_the_stand_in_has_the_hazard_of_an_autoscaler(tmp_path):
    """Without the number that is there, Helm 4 drops a Deployment to one: the test above sees it."""
    careless = tmp_path / "careless"
    shutil.copytree(CHART, careless)
    path = careless / "templates/_workload.tpl"
    path.write_text(path.read_text().replace('lookup "apps/v1" "Deployment"', 'lookup "apps/v1" "ReplicaSet"').replace('(include "stoa.componentName" .) | default dict -}}', '"none" | default dict -}}'))
    with Server(tmp_path) as server:
        release = Release(server, "helm4", tmp_path)
        release.change("install", {"embedding": {"replicas": 4}}, chart=careless)
        release.change("upgrade", SCALED, chart=careless)
        assert release.get("deployments", "stoa-embedding")["spec"]["replicas"] == 1
