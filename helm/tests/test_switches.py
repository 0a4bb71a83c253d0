"""Every switch in both positions."""

import json

import pytest
import yaml

from harness import CHART, SERVICES, environment, of, pod_specs, refused, render, workload

OUTSIDE = {"qdrant": {"url": "https://q:6334"}, "blobs": {"url": "s3://b/p"}, "nats": {"url": "tls://n:4222"}, "database": {"existingSecret": "db"}}


def kinds(documents, component):
    return sorted(d["kind"] for d in documents if d["metadata"]["labels"]["app.kubernetes.io/component"] == component)


@pytest.mark.parametrize("platform", ["discord", "telegram"])
def test_a_frontend_runs_when_its_secret_is_named(platform):
    assert kinds(render(), platform) == []
    documents = render({platform: {"existingSecret": "bot", "key": "t"}})
    assert environment(documents, platform)[f"STOA_{platform.upper()}_TOKEN"] == "bot/t"


@pytest.mark.parametrize("store, values", [("postgresql", {"database": {"existingSecret": "db"}}), ("nats", {"nats": {"url": "nats://n:4222"}})])
def test_a_store_is_run_unless_yours_is_named(store, values):
    assert "StatefulSet" in kinds(render(), store)
    assert kinds(render(values), store) == []


def test_services_find_the_stores():
    inside = environment(render(), "ingestion")
    assert inside["STOA_NATS_URL"] == "tls://stoa-nats.chat.svc:4222" and inside["STOA_NATS_TOKEN"] == "stoa-nats/token"
    assert inside["STOA_DATABASE_URL"] == "stoa-postgresql/url" and inside["STOA_DATABASE_CA"] == "/etc/stoa/database/ca.crt"
    values = {"database": {"existingSecret": "db", "key": "u", "tls": {"existingSecret": "ca", "clientCertificate": True}}}
    values |= {"nats": {"url": "tls://a:4222,tls://b:4222", "existingSecret": "n", "auth": "nkey", "key": "seed", "replicas": 3}}
    values |= {"qdrant": {"url": "https://q:6334", "existingSecret": "q", "shards": 4}, "blobs": {"url": "s3://b/p", "existingSecret": "s"}}
    outside = render(values)
    ingestion = environment(outside, "ingestion")
    assert ingestion["STOA_DATABASE_URL"] == "db/u" and ingestion["STOA_DATABASE_KEY"] == "/etc/stoa/database/tls.key"
    assert ingestion["STOA_NATS_NKEY"] == "n/seed" and ingestion["STOA_NATS_REPLICAS"] == "3" and "STOA_NATS_CA" not in ingestion
    assert ingestion["STOA_INGESTION_BLOBS"] == "s3://b/p" and ingestion["AWS_ACCESS_KEY_ID"] == "s/access-key-id"
    retrieval = environment(outside, "retrieval")
    assert retrieval["STOA_QDRANT_API_KEY"] == "q/api-key" and retrieval["STOA_QDRANT_SHARDS"] == "4"
    assert "STOA_QDRANT_URL" not in environment(render(), "retrieval")
    credentials = environment(render({"nats": {"url": "tls://n:4222", "existingSecret": "n", "auth": "credentials"}}), "ingestion")
    assert credentials["STOA_NATS_CREDENTIALS"] == "/etc/stoa/nats/nats.creds" and "STOA_NATS_TOKEN" not in credentials


def test_tls_is_on_and_can_be_switched_off():
    on = environment(render(), "generation")
    assert on["STOA_EMBEDDING_ADDRESS"] == "https://stoa-embedding.chat.svc:50051" and on["STOA_TLS_CA"] == "/etc/stoa/tls/ca.crt"
    assert len([s for s in of(render(), "Secret") if s["type"] == "kubernetes.io/tls"]) == 7
    off = render({"tls": {"enabled": False}})
    assert environment(off, "generation")["STOA_EMBEDDING_ADDRESS"].startswith("http://")
    assert not [s for s in of(off, "Secret") if s["type"] == "kubernetes.io/tls"]
    assert "STOA_TLS_CERT" not in environment(off, "generation")


def test_certificates_by_cert_manager_by_secrets_or_made():
    made = render({"tls": {"source": "cert-manager"}})
    assert len(of(made, "Issuer")) == 2 and len(of(made, "Certificate")) == 8
    named = of(render({"tls": {"source": "cert-manager", "certManager": {"issuerRef": {"name": "corp"}}}}), "Certificate", "stoa-embedding")
    assert named["spec"]["issuerRef"] == {"name": "corp", "kind": "ClusterIssuer", "group": "cert-manager.io"}
    # Who calls is the first name.
    assert named["spec"]["dnsNames"][0] == "stoa-embedding.chat.svc"
    assert of(render({"tls": {"source": "cert-manager"}}, release="prod"), "Certificate", "prod-stoa-embedding")["spec"]["dnsNames"][0] == "stoa-embedding.chat.svc"
    assert "tls.existingSecrets" in refused({"tls": {"source": "secrets"}})


def test_the_token_is_made_or_given():
    assert of(render(), "Secret", "stoa-auth")["data"]["token"]
    given = render({"auth": {"existingSecret": "mine", "keys": {"token": "now"}}})
    assert environment(given, "retrieval")["STOA_TOKEN"] == "mine/now"
    assert "stoa-auth" not in [s["metadata"]["name"] for s in of(given, "Secret")]


def places(values, path=()):
    """Where a Secret of one's own can be named."""
    for key, value in values.items():
        if key == "existingSecret":
            yield path
        elif isinstance(value, dict):
            yield from places(value, (*path, key))


# What else it takes for a Secret to be used.
BESIDE = {
    ("database", "tls"): {"database": {"existingSecret": "d"}},
    ("nats",): {"nats": {"url": "tls://n:4222"}},
    ("nats", "tls"): {"nats": {"url": "tls://n:4222"}},
    ("qdrant",): {"qdrant": {"url": "https://q:6334"}},
    ("qdrant", "tls"): {"qdrant": {"url": "https://q:6334"}},
    ("blobs",): {"blobs": {"url": "s3://b/p"}},
    ("models",): {"models": {"source": "urls", "files": [{"path": "x", "url": "https://m/x", "sha256": "a" * 64}]}},
}


@pytest.mark.parametrize("path", [path for path in places(yaml.safe_load((CHART / "values.yaml").read_text()))], ids=".".join)
def test_every_secret_can_be_ones_own(path):
    values = json.loads(json.dumps(BESIDE.get(path, {})))
    inner = values
    for key in path:
        inner = inner.setdefault(key, {})
    inner["existingSecret"] = "one-of-mine"
    documents = render(values)
    assert '"one-of-mine"' in json.dumps([spec for _, _, spec in pod_specs(documents)])
    assert "one-of-mine" not in [document["metadata"]["name"] for document in documents]


def test_external_secrets():
    assert of(render(), "ExternalSecret") == []
    values = {"externalSecrets": {"enabled": True, "secretStoreRef": {"name": "vault"}, "secrets": {"bot": {"token": {"key": "a", "property": "b"}}}}}
    made = of(render(values), "ExternalSecret", "bot")
    assert made["spec"]["data"] == [{"secretKey": "token", "remoteRef": {"key": "a", "property": "b"}}]
    assert "secretStoreRef.name" in refused({"externalSecrets": {"enabled": True}})


def test_autoscaling_leaves_the_number_to_the_autoscaler():
    assert workload(render(), "embedding")["spec"]["replicas"] == 1 and of(render(), "HorizontalPodAutoscaler") == []
    documents = render({"embedding": {"autoscaling": {"enabled": True, "minReplicas": 3}}})
    assert "replicas" not in workload(documents, "embedding")["spec"]
    scaler = of(documents, "HorizontalPodAutoscaler", "stoa-embedding")
    assert scaler["spec"]["minReplicas"] == 3 and scaler["spec"]["metrics"][0]["resource"]["name"] == "cpu"
    assert scaler["spec"]["scaleTargetRef"]["name"] == "stoa-embedding"


def test_keda_scales_ingestion_by_its_queue():
    scaling = {"enabled": True, "keda": {"enabled": True}}
    documents = render({"blobs": {"url": "s3://b/p"}, "ingestion": {"autoscaling": scaling}})
    trigger = of(documents, "ScaledObject", "stoa-ingestion")["spec"]["triggers"][0]
    assert trigger["metadata"]["stream"] == "JOBS" and trigger["metadata"]["natsServerMonitoringEndpoint"] == "stoa-nats.chat.svc:8222"
    assert of(documents, "HorizontalPodAutoscaler") == []
    assert "natsMonitoringEndpoint" in refused(OUTSIDE | {"ingestion": {"autoscaling": scaling}})


@pytest.mark.parametrize("service", ["retrieval", "ingestion"])
def test_what_keeps_data_runs_once(service):
    assert "runs once" in refused({service: {"replicas": 2}})
    assert "runs once" in refused({service: {"autoscaling": {"enabled": True}}})
    assert workload(render(OUTSIDE | {service: {"replicas": 2}}), service)["spec"]["replicas"] == 2


def test_a_claim_of_ones_own_for_documents():
    once = workload(render({"blobs": {"existingClaim": "docs"}}), "ingestion")
    assert once["kind"] == "Deployment" and once["spec"]["strategy"] == {"type": "Recreate"}
    assert "ReadWriteMany" in refused({"blobs": {"existingClaim": "docs"}, "ingestion": {"replicas": 2}})
    many = workload(render({"blobs": {"existingClaim": "docs", "shared": True}, "ingestion": {"replicas": 2}}), "ingestion")
    assert many["spec"]["strategy"]["type"] == "RollingUpdate"


def test_disruption_budgets():
    assert {d["metadata"]["name"] for d in of(render(), "PodDisruptionBudget")} == {f"stoa-{s}" for s in SERVICES[:4]}
    assert of(render({"common": {"podDisruptionBudget": {"enabled": False}}}), "PodDisruptionBudget") == []
    one = render({"embedding": {"podDisruptionBudget": {"minAvailable": "50%"}}})
    assert of(one, "PodDisruptionBudget", "stoa-embedding")["spec"]["minAvailable"] == "50%"


def test_webhooks_by_service_ingress_or_route():
    assert [s["metadata"]["name"] for s in of(render({"telegram": {"existingSecret": "t"}}), "Service")].count("stoa-telegram-webhook") == 0
    webhook = {"enabled": True, "host": "bot.example.org", "ingress": {"enabled": True, "className": "nginx", "tlsSecret": "c"}}
    documents = render({"telegram": {"existingSecret": "t", "webhook": webhook}})
    settings = environment(documents, "telegram")
    assert settings["STOA_TELEGRAM_WEBHOOK_URL"] == "https://bot.example.org/telegram"
    ingress = of(documents, "Ingress", "stoa-telegram")["spec"]
    assert ingress["ingressClassName"] == "nginx" and ingress["tls"][0]["secretName"] == "c"
    assert ingress["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"] == "stoa-telegram-webhook"
    route = {"enabled": True, "host": "bot.example.org", "httpRoute": {"enabled": True, "parentRefs": [{"name": "gw"}]}}
    documents = render({"telegram": {"existingSecret": "t", "webhook": route}})
    assert of(documents, "HTTPRoute", "stoa-telegram")["spec"]["rules"][0]["backendRefs"] == [{"name": "stoa-telegram-webhook", "port": 80}]
    assert of(documents, "Ingress") == []
    assert "telegram.webhook.host" in refused({"telegram": {"existingSecret": "t", "webhook": {"enabled": True}}})


def test_migrations_are_a_hook_where_the_database_is_there_before():
    inside = of(render(), "Job", "stoa-migrate-1")
    assert "annotations" not in inside["metadata"]
    hook = of(render({"database": {"existingSecret": "db"}}), "Job", "stoa-migrate")
    assert hook["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert hook["metadata"]["annotations"]["helm.sh/hook-delete-policy"] == "before-hook-creation,hook-succeeded"
    assert hook["spec"]["backoffLimit"] == 10
    assert hook["spec"]["template"]["spec"]["containers"][0]["args"] == ["migrate"]
    assert of(render({"migrate": {"enabled": False}}), "Job") == []
    assert environment(render(), "ingestion")["STOA_DATABASE_MIGRATE"] == "false"


def test_images_by_registry_tag_and_digest():
    def image(values):
        return workload(render(values), "embedding")["spec"]["template"]["spec"]["containers"][0]["image"]

    assert image({}) == "ghcr.io/stoa/stoa:0.1.0"
    assert image({"image": {"tag": "1.2"}}) == "ghcr.io/stoa/stoa:1.2"
    assert image({"image": {"digest": "sha256:" + "a" * 64, "tag": "1.2"}}) == "ghcr.io/stoa/stoa@sha256:" + "a" * 64
    assert image({"image": {"registry": ""}}) == "stoa/stoa:0.1.0"
    assert image({"embedding": {"image": {"tag": "cuda"}}}) == "ghcr.io/stoa/stoa:cuda"
    everywhere = render({"global": {"imageRegistry": "r:5000", "imagePullSecrets": ["p"]}, "imagePullSecrets": ["q", "p"]})
    for document in everywhere:
        spec = document.get("spec", {}).get("template", {}).get("spec") or (document["kind"] == "Pod" and document["spec"])
        if spec:
            assert all(c["image"].startswith("r:5000/") for c in spec["containers"] + spec.get("initContainers", []))
            assert spec["imagePullSecrets"] == [{"name": "p"}, {"name": "q"}]


def test_names_can_be_overridden():
    assert workload(render(release="prod"), "embedding", "prod-stoa")
    assert workload(render({"nameOverride": "kb"}, release="prod"), "embedding", "prod-kb")
    assert workload(render({"fullnameOverride": "kb"}, release="prod"), "embedding", "kb")


def test_services_are_headless_so_that_clients_balance():
    for service in SERVICES[:4]:
        spec = of(render(), "Service", f"stoa-{service}")["spec"]
        assert spec["clusterIP"] == "None" and {p["name"]: p["port"] for p in spec["ports"]} == {"grpc": 50051, "admin": 9464}


def test_telemetry_and_proxy():
    assert not [v for v in environment(render(), "ingestion") if v.startswith("OTEL_") or v == "HTTPS_PROXY"]
    settings = environment(render({"telemetry": {"otlpEndpoint": "http://o:4317"}, "proxy": {"https": "http://p:3128", "bypass": ".x"}}), "ingestion")
    assert settings["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://o:4317" and settings["OTEL_SERVICE_NAME"] == "stoa-ingestion"
    assert settings["NO_PROXY"] == ".svc,.cluster.local,.x"


def test_the_test_pod_can_be_left_out():
    pod = of(render(), "Pod", "stoa-test")
    assert [c["args"][0] for c in pod["spec"]["initContainers"] + pod["spec"]["containers"]] == ["learn", "ask", "forget"]
    assert "--expect-source" in pod["spec"]["initContainers"][1]["args"]
    assert of(render({"test": {"enabled": False}}), "Pod") == []


def test_other_manifests_can_be_added():
    extra = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "{{ .Release.Name }}-mine"}}, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: text}\n"]
    names = [d["metadata"]["name"] for d in of(render({"extraObjects": extra}), "ConfigMap")]
    assert "stoa-mine" in names and "text" in names


def test_the_account_is_made_or_given():
    assert of(render({"serviceAccount": {"annotations": {"role": "x"}}}), "ServiceAccount", "stoa")["metadata"]["annotations"] == {"role": "x"}
    given = render({"serviceAccount": {"create": False, "name": "mine"}})
    assert of(given, "ServiceAccount") == []
    assert workload(given, "embedding")["spec"]["template"]["spec"]["serviceAccountName"] == "mine"


CONVENTIONS = {
    "podAnnotations": ({"x": "1"}, lambda t: t["metadata"]["annotations"]["x"] == "1"),
    "podLabels": ({"x": "1"}, lambda t: t["metadata"]["labels"]["x"] == "1"),
    "extraEnv": ([{"name": "X", "value": "1"}], lambda t: {"name": "X", "value": "1"} in t["spec"]["containers"][0]["env"]),
    "extraEnvFrom": ([{"secretRef": {"name": "x"}}], lambda t: {"secretRef": {"name": "x"}} in t["spec"]["containers"][0]["envFrom"]),
    "extraVolumes": ([{"name": "x", "emptyDir": {}}], lambda t: {"name": "x", "emptyDir": {}} in t["spec"]["volumes"]),
    "extraVolumeMounts": ([{"name": "x", "mountPath": "/x"}], lambda t: {"name": "x", "mountPath": "/x"} in t["spec"]["containers"][0]["volumeMounts"]),
    "initContainers": ([{"name": "x", "image": "x"}], lambda t: t["spec"]["initContainers"][-1]["name"] == "x"),
    "sidecars": ([{"name": "x", "image": "x"}], lambda t: t["spec"]["containers"][1]["name"] == "x"),
    "nodeSelector": ({"x": "1"}, lambda t: t["spec"]["nodeSelector"] == {"x": "1"}),
    "tolerations": ([{"operator": "Exists"}], lambda t: t["spec"]["tolerations"] == [{"operator": "Exists"}]),
    "affinity": ({"nodeAffinity": {}}, lambda t: t["spec"]["affinity"] == {"nodeAffinity": {}}),
    "priorityClassName": ("x", lambda t: t["spec"]["priorityClassName"] == "x"),
    "runtimeClassName": ("x", lambda t: t["spec"]["runtimeClassName"] == "x"),
    "terminationGracePeriodSeconds": (99, lambda t: t["spec"]["terminationGracePeriodSeconds"] == 99),
    "topologySpreadConstraints": ([{"maxSkew": 2, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule"}], lambda t: t["spec"]["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"]),
    "resources": ({"limits": {"memory": "2Gi"}}, lambda t: t["spec"]["containers"][0]["resources"]["limits"]["memory"] == "2Gi"),
    "config": ({"log": {"level": "debug"}}, None),
}
BOTH = {"discord": {"existingSecret": "d"}, "telegram": {"existingSecret": "t"}}


@pytest.mark.parametrize("key", CONVENTIONS)
def test_conventions_hold_for_all_at_once_and_for_each_alone(key):
    value, holds = CONVENTIONS[key]
    everywhere = render(BOTH | {"common": {key: value}})
    if key == "resources":
        # What a service has of its own stays.
        everywhere = render(BOTH | {service: {key: value} | (BOTH.get(service) or {}) for service in SERVICES})
    for service in SERVICES:
        if holds is None:
            assert environment(everywhere, service)["STOA_LOG_LEVEL"] == "debug"
        else:
            assert holds(workload(everywhere, service)["spec"]["template"]), service
    one = render(BOTH | {"generation": {key: value}})
    assert holds is None or holds(workload(one, "generation")["spec"]["template"])
    if holds and key not in ("topologySpreadConstraints", "resources"):
        try:
            elsewhere = holds(workload(one, "embedding")["spec"]["template"])
        except (KeyError, IndexError):
            elsewhere = False
        assert not elsewhere


def test_lists_of_all_and_of_one_are_joined():
    documents = render({"common": {"extraEnv": [{"name": "A", "value": "1"}]}, "embedding": {"extraEnv": [{"name": "B", "value": "2"}]}})
    names = [v["name"] for v in workload(documents, "embedding")["spec"]["template"]["spec"]["containers"][0]["env"]]
    assert "A" in names and "B" in names


def test_labels_and_annotations_of_everything():
    for document in render({"commonLabels": {"team": "k"}, "commonAnnotations": {"owner": "o"}}):
        assert document["metadata"]["labels"]["team"] == "k", document["metadata"]["name"]
        assert document["metadata"]["annotations"]["owner"] == "o", document["metadata"]["name"]


def test_what_changes_restarts_what_uses_it_and_nothing_else():
    def sums(values):
        documents = render({"auth": {"existingSecret": "a"}} | OUTSIDE | values)
        return {s: workload(documents, s)["spec"]["template"]["metadata"]["annotations"]["checksum/config"] for s in SERVICES[:4]}

    before, after = sums({}), sums({"generation": {"config": {"generation": {"style": "short"}}}})
    assert [service for service in before if before[service] != after[service]] == ["generation"]
