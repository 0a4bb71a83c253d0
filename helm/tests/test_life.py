"""The life of a release: install, test, upgrade, rollback, uninstall. `server` is the stand-in, or the real one of `make helm-real`."""

import json
import shutil
import time

import pytest
import yaml

from harness import CI, GIVEN, HELMS, of, run, tool

OUTSIDE = {"database": {"existingSecret": "db"}, "nats": {"url": "nats://n:4222"}, "qdrant": {"url": "http://q:6334"}, "blobs": {"url": "s3://b/p", "existingSecret": "s3"}, "auth": {"existingSecret": "token"}}
SCALED = {"embedding": {"autoscaling": {"enabled": True, "minReplicas": 3, "maxReplicas": 9}}}


class Release:
    """Helm on a server, with the values of the last change kept as Helm keeps them."""

    def __init__(self, server, helm, folder):
        self.server, self.helm, self.folder = server, helm, folder
        self.get = server.get

    def __call__(self, *arguments, check=True):
        where = ["--kubeconfig", self.server.config, "--namespace", self.server.namespace]
        return run(tool(self.helm), *arguments, *where, check=check)

    def change(self, verb, values=None, *more, chart=None, check=True, wait=False):
        file = self.folder / "values.json"
        file.write_text(json.dumps(values or {}))
        # Helm 3 looks every two seconds whether all is ready, so only one life waits for it.
        more = [*more, "--wait"] if wait else more
        return self(verb, "stoa", chart or self.server.chart, "--values", file, "--timeout", "60s", *more, check=check)

    def broken(self, file, *replacements):
        """A copy of the chart in which texts of a file are replaced."""
        copy = self.folder / f"broken-{len(list(self.folder.iterdir()))}" / "stoa"
        shutil.copytree(self.server.chart, copy)
        text = (copy / file).read_text()
        for old, new in replacements:
            assert old in text, f"{file} has no {old!r} any more"
            text = text.replace(old, new)
        (copy / file).write_text(text)
        return copy

    def give(self, name, **data):
        self.server.put("secrets", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data, "type": "Opaque"})

    def made(self, plural):
        """Versions of what was made, by name, in order."""
        return [(item["metadata"]["name"], version) for version, verb, item in self.server.history(plural) if verb == "ADDED"]

    def secrets(self):
        secrets = [item for item in self.server.items() if item["kind"] == "Secret" and not item["metadata"]["name"].startswith("sh.helm")]
        return {item["metadata"]["name"]: item["data"] for item in secrets}

    def wait_for(self, found, wanted):
        """Controllers take their time."""
        end = time.monotonic() + 60
        while (have := found()) != wanted:
            assert time.monotonic() < end, f"{have} where {wanted} was waited for"
            time.sleep(0.1)

    def manifest(self, kind, name):
        """As it was rendered the last time."""
        return of([document for document in yaml.safe_load_all(self("get", "manifest", "stoa").stdout) if document], kind, name)

    def kinds(self):
        return {item["kind"] for item in self.server.items()}

    def replicas(self, service):
        return self.get("deployments", f"stoa-{service}")["spec"]["replicas"]

    def image(self, service):
        return self.get("deployments", f"stoa-{service}")["spec"]["template"]["spec"]["containers"][0]["image"]

    def annotation(self, plural, service, which="secrets"):
        return self.get(plural, f"stoa-{service}")["spec"]["template"]["metadata"]["annotations"][f"checksum/{which}"]


@pytest.fixture(params=HELMS)
def release(request, server, tmp_path):
    return Release(server, request.param, tmp_path)


def test_the_whole_life_of_a_minimal_release(release):
    # The version before: there is none yet, so it is this chart under an older number.
    older = release.broken("Chart.yaml", ("version: 0.1.0", "version: 0.0.9"), ('appVersion: "0.1.0"', 'appVersion: "0.0.9"'))
    notes = release.change("install", chart=older, wait=True).stdout
    assert "NOT FOR PRODUCTION" in notes and "helm test stoa" in notes
    release.wait_for(lambda: release.get("jobs", "stoa-migrate-1")["status"].get("succeeded"), 1)
    release("test", "stoa")
    assert "stoa-test" in dict(release.made("pods"))
    kept = release.secrets()
    release.change("upgrade", wait=True)
    release.change("upgrade")
    assert {name: data for name, data in release.secrets().items() if name in kept} == kept
    assert len(kept) == 11
    assert release.image("embedding").endswith(":0.1.0")
    release("rollback", "stoa", "1", "--wait", "--timeout", "60s")
    assert release.image("embedding").endswith(":0.0.9")
    release("uninstall", "stoa", "--wait", "--timeout", "60s")
    release.wait_for(release.kinds, {"PersistentVolumeClaim"})


@pytest.mark.parametrize("ci", CI)
def test_every_values_file_is_installed_upgraded_and_removed(release, ci):
    for name in GIVEN.get(ci, ()):
        release.give(name, token="eA==", url="eA==", **{"tls.crt": "eA==", "tls.key": "eA==", "ca.crt": "eA=="})
    file = ["--values", release.server.chart / f"ci/{ci}-values.yaml"]
    release.change("install", {}, *file)
    release.change("upgrade", {}, *file)
    release("uninstall", "stoa")
    claims = {"PersistentVolumeClaim"} if ci in ("minimal", "single-node", "gpu", "air-gapped") else set()
    release.wait_for(release.kinds, claims | ({"Secret"} if GIVEN.get(ci) else set()))


def test_migrations_run_before_anything_else_is_changed(release):
    for name in ("db", "s3", "token"):
        release.give(name, url="eA==", token="eA==")
    release.change("install", OUTSIDE)
    migrated = dict(release.made("jobs"))["stoa-migrate"]
    assert migrated < min(version for _, version in release.made("deployments"))
    # The hook cleans up after itself, and may run again.
    with pytest.raises(KeyError):
        release.get("jobs", "stoa-migrate")
    release.change("upgrade", OUTSIDE)
    assert [name for name, _ in release.made("jobs")] == ["stoa-migrate"] * 2
    release("uninstall", "stoa")
    release.wait_for(release.kinds, {"Secret"})


def test_an_autoscaler_never_drops_to_one(release):
    fixed = {"embedding": {"replicas": 4}}
    counts = []
    release.change("install", fixed)
    for values in (SCALED, SCALED, fixed, SCALED):
        # Back to a number of one's own: Helm 4 takes it from the autoscaler only when it is told to.
        take = ["--force-conflicts"] if values is fixed and release.helm == "helm4" else []
        if take:
            assert ".spec.replicas" in release.change("upgrade", values, check=False).stderr
        release.change("upgrade", values, *take)
        counts.append(release.replicas("embedding"))
        # The autoscaler works in between.
        release.server.scale("stoa-embedding", 6 if values is SCALED else 4)
    assert counts == [4, 6, 4, 4]
    written = [item["spec"]["replicas"] for _, _, item in release.server.history("deployments") if item["metadata"]["name"] == "stoa-embedding"]
    assert len(written) > 4 and min(written) >= 3


def test_the_number_is_left_out_under_an_autoscaler_and_stays_through_a_rollback(release):
    release.change("install", SCALED)
    for count in (6, 8):
        release.server.scale("stoa-embedding", count)
        release.change("upgrade", SCALED)
        assert "replicas" not in release.manifest("Deployment", "stoa-embedding")["spec"]
        assert release.replicas("embedding") == count
    release.server.scale("stoa-embedding", 7)
    release("rollback", "stoa", "1")
    assert release.replicas("embedding") == 7


def test_a_number_that_an_autoscaler_took_over_is_left_out_from_then_on(server, tmp_path):
    """Helm 3 does not apply on the server, and cannot leave out again what it once set."""
    release = Release(server, "helm4", tmp_path)
    release.change("install", {"embedding": {"replicas": 4}})
    release.change("upgrade", SCALED)
    assert release.manifest("Deployment", "stoa-embedding")["spec"]["replicas"] == 4
    server.scale("stoa-embedding", 6)
    release.change("upgrade", SCALED)
    assert "replicas" not in release.manifest("Deployment", "stoa-embedding")["spec"]
    assert release.replicas("embedding") == 6


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
    larger = {"retrieval": {"persistence": {"size": "99Gi"}}}
    release.change("install")
    refused = release.change("upgrade", larger, check=False)
    assert refused.returncode and "--cascade=orphan" in refused.stderr
    # What the server says without the guard, which is not what to do.
    careless = release.broken("templates/checks.yaml", ('lookup "apps/v1" "StatefulSet"', 'lookup "apps/v1" "ReplicaSet"'))
    refused = release.change("upgrade", larger, chart=careless, check=False)
    assert refused.returncode and "updates to statefulset spec for fields other than" in refused.stderr


def test_an_unknown_field_is_refused_by_the_server(release):
    wrong = release.broken("templates/_pod.tpl", ("enableServiceLinks: false", "enableServiceLinkz: false"))
    refused = release.change("install", chart=wrong, check=False)
    assert refused.returncode and "enableServiceLinkz" in refused.stderr


def test_the_hazard_of_an_autoscaler_is_there(server, tmp_path):
    """Without the number that is there, Helm 4 drops a Deployment to one: the test above sees it."""
    release = Release(server, "helm4", tmp_path)
    careless = release.broken("templates/_workload.tpl", ("(and $applied $taken) -}}", "(and $applied $taken) true -}}"))
    release.change("install", {"embedding": {"replicas": 4}}, chart=careless)
    release.change("upgrade", SCALED, chart=careless)
    assert release.replicas("embedding") == 1
