"""What every pod of a service is like: commands, probes, resources, files, how it ends; and what the whole release asks for."""

import re

import pytest

from harness import CI, ROOT, SERVICES, containers, environment, of, pod_specs, render, workload

UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
BOTH = {"discord": {"existingSecret": "d"}, "telegram": {"existingSecret": "t"}}


def memory(quantity):
    return int(quantity[:-2]) * UNITS[quantity[-2:]]


def pod(service, values=None, **options):
    return workload(render(BOTH | (values or {}), **options), service)["spec"]["template"]["spec"]


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_runs_as_its_sub_command(service):
    container = pod(service)["containers"][0]
    assert container["args"] == [service] and "command" not in container
    assert {port["name"]: port["containerPort"] for port in container["ports"]} == {"grpc": 50051, "admin": 9464}
    settings = environment(render(BOTH), service)
    assert settings["STOA_SERVER_LISTEN"] == "0.0.0.0:50051" and settings["STOA_ADMIN_LISTEN"] == "0.0.0.0:9464"


@pytest.mark.parametrize("service", SERVICES)
def test_probes_ask_the_admin_port(service):
    container = pod(service)["containers"][0]
    asked = {probe: container[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert {probe: get["path"] for probe, get in asked.items()} == {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
    assert all(get["port"] == "admin" for get in asked.values())


def test_probes_can_be_tuned_and_left_out():
    container = pod("embedding", {"embedding": {"livenessProbe": {"periodSeconds": 33}, "startupProbe": {"enabled": False}}})["containers"][0]
    assert container["livenessProbe"]["periodSeconds"] == 33 and container["livenessProbe"]["timeoutSeconds"] == 5
    assert "startupProbe" not in container


@pytest.mark.parametrize("service", SERVICES)
def test_the_grace_period_fits_the_drain(service):
    spec = pod(service, {"common": {"preStopSeconds": 7, "drainSeconds": 40}})
    assert spec["terminationGracePeriodSeconds"] > 7 + 40
    assert environment(render(BOTH | {"common": {"preStopSeconds": 7, "drainSeconds": 40}}), service)["STOA_SERVER_DRAIN_SECS"] == "40"
    assert spec["containers"][0]["lifecycle"]["preStop"] == {"sleep": {"seconds": 7}}


def test_an_older_cluster_cannot_sleep_and_none_is_none():
    assert "lifecycle" not in pod("embedding", kubernetes="1.27")["containers"][0]
    assert "lifecycle" not in pod("embedding", {"common": {"preStopSeconds": 0}})["containers"][0]


def test_the_minimal_release_requests_at_most_one_gibibyte():
    asked = 0
    for name, _, spec in pod_specs(render(ci="minimal")):
        if name.startswith(("Deployment", "StatefulSet")):
            # What runs before gives its room back.
            first = max([memory(c["resources"]["requests"]["memory"]) for c in spec.get("initContainers", [])] or [0])
            asked += max(first, sum(memory(c["resources"]["requests"]["memory"]) for c in spec["containers"]))
    print(f"memory requested by the minimal values: {asked / 2**20:.0f} MiB, the embedding model with it")
    assert asked <= 2**30


def measured():
    """Most memory of each process, in MiB, as docs/operations.md has it of the last measurement."""
    rows = re.findall(r"^\| (\w+) \| (\d+) \| (\d+) \| (\d+) \| [\d.]+ \| [\d.]+ \|$", (ROOT / "docs/operations.md").read_text(), re.M)
    return {name: max(map(int, figures)) for name, *figures in rows if name != "all"}


def test_requests_are_what_was_measured():
    figures = measured()
    assert set(figures) == {*SERVICES[:4], "postgresql", "nats"}
    for name, most in figures.items():
        resources = pod(name)["containers"][0]["resources"]
        asked, limit = (memory(resources[kind]["memory"]) / 2**20 for kind in ("requests", "limits"))
        assert most <= asked <= 2 * most, f"{name} asks for {asked} MiB and was measured with {most}"
        assert limit >= 2 * most, name


@pytest.mark.parametrize("ci", CI)
def test_limits_are_above_requests(ci):
    for name, _, spec in pod_specs(render(ci=ci)):
        for container in containers(spec):
            resources = container["resources"]
            assert memory(resources["limits"]["memory"]) >= memory(resources["requests"]["memory"]), name


def test_parsing_fits_into_the_memory_of_ingestion():
    # ingestion.parse_memory_mib is 2,048 unless it is set.
    assert memory(pod("ingestion")["containers"][0]["resources"]["limits"]["memory"]) >= 2_048 * 2**20 + 512 * 2**20


def test_only_what_has_state_has_a_claim():
    documents = render(BOTH)
    kinds = {service: workload(documents, service)["kind"] for service in SERVICES}
    assert [service for service, kind in kinds.items() if kind == "StatefulSet"] == ["retrieval", "ingestion"]
    outside = render({"qdrant": {"url": "http://q:6334"}, "blobs": {"url": "s3://b/p"}})
    assert {workload(outside, service)["kind"] for service in ("retrieval", "ingestion")} == {"Deployment"}
    assert not of(outside, "PersistentVolumeClaim")
    claim = workload(render({"ingestion": {"persistence": {"size": "5Gi", "storageClass": "fast", "annotations": {"a": "b"}, "accessModes": ["ReadWriteOncePod"]}}}), "ingestion")["spec"]["volumeClaimTemplates"][0]
    assert claim["spec"] == {"accessModes": ["ReadWriteOncePod"], "storageClassName": "fast", "resources": {"requests": {"storage": "5Gi"}}}
    assert claim["metadata"]["annotations"] == {"a": "b"}


def test_every_object_has_the_usual_labels_and_its_namespace():
    for ci in CI:
        for document in render(ci=ci):
            labels = document["metadata"]["labels"]
            for label in ("name", "instance", "component", "version", "managed-by", "part-of"):
                assert f"app.kubernetes.io/{label}" in labels, document["metadata"]["name"]
            assert document["metadata"]["namespace"] == "chat"


def test_nothing_is_cluster_wide():
    kinds = {document["kind"] for ci in CI for document in render(ci=ci)}
    assert not kinds & {"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Namespace", "CustomResourceDefinition", "ClusterIssuer"}
    account = of(render(), "ServiceAccount", "stoa")
    assert account["automountServiceAccountToken"] is False


def test_labels_of_pods_stay_when_the_version_changes():
    for _, metadata, _ in pod_specs(render(ci="production")):
        assert not {"helm.sh/chart", "app.kubernetes.io/version"} & set(metadata["labels"]) or metadata["name"] == "stoa-test"


def test_the_models_are_brought_before_the_service_starts():
    image = pod("embedding")["initContainers"][0]
    assert image["image"] == "ghcr.io/stoa/models:0.1.0"
    files = [{"path": "e5/model.onnx", "url": "https://m/e5.onnx", "sha256": "a" * 64}, {"path": "e5/stoa.json", "content": "{}\n"}]
    documents = render({"models": {"source": "urls", "files": files}})
    assert of(documents, "ConfigMap", "stoa-models")["data"] == {"list": f"e5/model.onnx https://m/e5.onnx {'a' * 64}\ne5/stoa.json content:content-1 -\n", "content-1": "{}\n"}
    claim = workload(render({"models": {"source": "claim", "existingClaim": "m"}}), "embedding")["spec"]["template"]["spec"]
    assert "initContainers" not in claim
    assert {"name": "models", "persistentVolumeClaim": {"claimName": "m"}} in claim["volumes"]
    assert "models" not in [v["name"] for v in pod("embedding", {"models": {"source": "none"}})["volumes"]]


def test_a_model_in_process_is_mounted_where_it_runs():
    assert "models" not in [v["name"] for v in pod("generation")["volumes"]]
    assert "models" in [v["name"] for v in pod("generation", {"config": {"generation": {"model": "a.gguf"}}})["volumes"]]
    assert "models" in [v["name"] for v in pod("generation", {"config": {"checking": {"entailment": "/opt/stoa/models/nli"}}})["volumes"]]
    assert "models" not in [v["name"] for v in pod("embedding", {"config": {"embedding": {"url": "http://e/v1"}}})["volumes"]]
