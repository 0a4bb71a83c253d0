"""Policies allow the arrows of the design, and nothing else."""

import pytest

from harness import SERVICES, environment, of, render, workload

BOTH = {"discord": {"existingSecret": "d"}, "telegram": {"existingSecret": "t"}}
ARROWS = {
    "embedding": set(),
    "retrieval": {"embedding"},
    "generation": {"embedding", "retrieval"},
    "ingestion": {"embedding", "retrieval", "generation", "postgresql", "nats"},
    "discord": {"generation", "ingestion", "retrieval", "nats"},
    "telegram": {"generation", "ingestion", "retrieval", "nats"},
    "operator": {"generation", "ingestion"},
    "migrate": {"postgresql"},
    "postgresql": set(),
    "nats": set(),
}
ARROWS["generation"].add("postgresql")


def policy(documents, component):
    return of(documents, "NetworkPolicy", f"stoa-{component}")["spec"]


def components(rule, side):
    """Components of a rule, by their label."""
    peers = rule.get(side, [])
    return {p["podSelector"]["matchLabels"].get("app.kubernetes.io/component") for p in peers if "namespaceSelector" not in p and "podSelector" in p}


@pytest.mark.parametrize("caller", ARROWS)
def test_each_arrow_is_allowed_at_both_ends(caller):
    documents = render(BOTH)
    out = set().union(*[components(rule, "to") for rule in policy(documents, caller).get("egress", [])])
    assert out == ARROWS[caller]
    for callee in ARROWS:
        into = set().union(set(), *[components(rule, "from") for rule in policy(documents, callee).get("ingress", [])])
        assert (caller in into) == (callee in ARROWS[caller]), f"{caller} to {callee}"


@pytest.mark.parametrize("service", SERVICES)
def test_addresses_that_a_service_is_given_are_those_it_may_reach(service):
    settings = environment(render(BOTH), service)
    named = {key.removeprefix("STOA_").removesuffix("_ADDRESS").lower() for key in settings if key.endswith("_ADDRESS")}
    assert named == ARROWS[service] - {"postgresql", "nats"}
    assert ("STOA_DATABASE_URL" in settings) == ("postgresql" in ARROWS[service])
    assert ("STOA_NATS_URL" in settings) == ("nats" in ARROWS[service])


def test_every_pod_is_under_a_policy_of_both_directions():
    documents = render(BOTH)
    for name in ARROWS:
        assert policy(documents, name)["policyTypes"] == ["Ingress", "Egress"]
    assert len(of(documents, "NetworkPolicy")) == len(ARROWS)
    assert of(render({"networkPolicy": {"enabled": False}}), "NetworkPolicy") == []


def public(documents, component):
    return sorted(port["port"] for rule in policy(documents, component).get("egress", []) for port in rule["ports"] if any("ipBlock" in peer for peer in rule.get("to", [])))


def test_only_documents_and_chats_reach_the_internet_and_never_a_private_network():
    documents = render(BOTH)
    assert {name: public(documents, name) for name in ARROWS if public(documents, name)} == {"ingestion": [80, 443], "discord": [443], "telegram": [443]}
    blocks = [p["ipBlock"] for rule in policy(documents, "ingestion")["egress"] for p in rule.get("to", []) if "ipBlock" in p]
    assert {"10.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16"} <= set(blocks[0]["except"])


def anywhere(documents, component):
    return sorted(port["port"] for rule in policy(documents, component).get("egress", []) for port in rule["ports"] if "to" not in rule)


def test_what_is_configured_by_address_is_allowed_on_its_port():
    config = {"generation": {"url": "http://vllm:8000/v1"}, "checking": {"url": "https://api.example.org/v1"}}
    documents = render({"config": config, "telemetry": {"otlpEndpoint": "http://otel:4317"}})
    assert anywhere(documents, "generation") == [443, 4317, 8000]
    assert anywhere(documents, "embedding") == [4317]
    assert anywhere(documents, "migrate") == anywhere(documents, "operator") == []
    outside = render({"database": {"existingSecret": "d"}, "nats": {"url": "tls://n:4333"}, "qdrant": {"url": "http://q:6334"}, "blobs": {"url": "s3://b/p", "endpoint": "http://minio:9000"}})
    assert anywhere(outside, "ingestion") == [4333, 5432, 9000] and anywhere(outside, "retrieval") == [6334]
    assert anywhere(outside, "migrate") == [5432]
    to = [{"namespaceSelector": {"matchLabels": {"n": "db"}}}]
    narrowed = render({"database": {"existingSecret": "d"}, "networkPolicy": {"database": {"to": to, "port": 6432}}})
    assert {"to": to, "ports": [{"port": 6432, "protocol": "TCP"}]} in policy(narrowed, "ingestion")["egress"]


def test_metrics_webhooks_and_rules_of_ones_own():
    webhook = {"webhook": {"enabled": True, "host": "h.example.org"}}
    documents = render({"telegram": {"existingSecret": "t"} | webhook, "embedding": {"extraIngress": [{"ports": [{"port": 1}]}]}, "common": {"extraEgress": [{"ports": [{"port": 2}]}]}})
    assert {"ports": [{"port": 8090, "protocol": "TCP"}]} in policy(documents, "telegram")["ingress"]
    assert {"ports": [{"port": 1}]} in policy(documents, "embedding")["ingress"]
    assert {"ports": [{"port": 2}]} in policy(documents, "generation")["egress"]
    reads = [rule for rule in policy(documents, "embedding")["ingress"] if {"port": 9464, "protocol": "TCP"} in rule.get("ports", [])]
    assert reads[0]["from"][0]["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "prometheus"}


def test_policies_select_what_services_do():
    documents = render(BOTH)
    for service in SERVICES:
        labels = workload(documents, service)["spec"]["template"]["metadata"]["labels"]
        assert policy(documents, service)["podSelector"]["matchLabels"].items() <= labels.items()
