"""What the test itself does in place of Kubernetes is as Kubernetes does it."""

import pytest
from policies import Arrow, Party, Policies
from translate import Volumes, environment, service_links
from world import secret

SERVICES = [
    {"metadata": {"name": "stoa-telegram-webhook"}, "spec": {"ports": [{"name": "webhook", "port": 80, "protocol": "TCP"}]}},
    {"metadata": {"name": "stoa-generation"}, "spec": {"clusterIP": "None", "ports": [{"name": "grpc", "port": 50051}]}},
]


def test_a_pod_is_told_of_services_that_have_an_address_unless_that_is_switched_off():
    links = service_links({}, SERVICES)
    assert links["STOA_TELEGRAM_WEBHOOK_PORT"] == "tcp://10.96.7.1:80"
    assert links["STOA_TELEGRAM_WEBHOOK_PORT_80_TCP_ADDR"] == links["STOA_TELEGRAM_WEBHOOK_SERVICE_HOST"] == "10.96.7.1"
    assert links["STOA_TELEGRAM_WEBHOOK_SERVICE_PORT_WEBHOOK"] == "80"
    assert not any(name.startswith("STOA_GENERATION") for name in links)
    alone = service_links({"enableServiceLinks": False}, SERVICES)
    assert {name.split("_")[0] for name in alone} == {"KUBERNETES"}
    assert alone["KUBERNETES_SERVICE_HOST"] == "10.96.0.1" and alone["KUBERNETES_PORT_443_TCP_PROTO"] == "tcp"


def test_variables_come_from_where_they_are_named_and_must_be_there(monkeypatch):
    monkeypatch.setattr("translate.image_environment", lambda _: {"PATH": "/bin"})
    objects = {("Secret", "s"): secret("s", key="word"), ("ConfigMap", "c"): {"data": {"A": "1", "B": "2"}}}
    reference = {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "key"}}}
    container = {"image": "i", "envFrom": [{"configMapRef": {"name": "c"}}], "env": [reference]}
    variables = environment(container, {"enableServiceLinks": False}, objects)
    assert (variables["A"], variables["B"]) == ("1", "word") and "PATH" not in variables
    reference["valueFrom"]["secretKeyRef"]["key"] = "other"
    with pytest.raises(AssertionError, match="lacks other"):
        environment(container, {}, objects)
    reference["valueFrom"]["secretKeyRef"]["optional"] = True
    assert environment(container, {}, objects)["B"] == "2"


def test_files_of_a_secret_are_links_that_the_group_of_the_pod_may_read(tmp_path):
    spec = {"securityContext": {"fsGroup": 65532}, "volumes": [{"name": "tls", "secret": {"secretName": "s", "defaultMode": 0o400}}]}
    volumes = Volumes(tmp_path, tmp_path, spec, {("Secret", "s"): secret("s", key="word")})
    file = volumes.source({"name": "tls"}) / "key"
    assert file.read_text() == "word" and file.is_symlink()
    status = file.stat()
    assert (status.st_mode & 0o777, status.st_uid, status.st_gid) == (0o440, 0, 65532)
    assert not volumes.source({"name": "tls", "subPath": "key"}).is_symlink()


def policy(name, **spec):
    return {"kind": "NetworkPolicy", "metadata": {"name": name}, "spec": {"podSelector": {"matchLabels": {"app": name}}, **spec}}


def peer(name):
    return {"podSelector": {"matchLabels": {"app": name}}}


def test_a_connection_needs_both_ends_and_its_port():
    port = {"ports": [{"port": 1, "protocol": "TCP"}]}
    rules = [
        policy("a", policyTypes=["Egress"], egress=[{"to": [peer("b")], **port}]),
        policy("b", policyTypes=["Ingress"], ingress=[{"from": [peer("a")], **port}]),
        policy("c", policyTypes=["Ingress", "Egress"], egress=[{"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}]}]),
    ]
    policies = Policies(rules, "chat")
    a, b, c = (Party(name, "chat", {"app": name}) for name in "abc")

    def allows(source, target, number, address="10.0.0.1"):
        return policies.allows(Arrow("10.0.0.2", address, number), source, target)

    assert allows(a, b, 1) and not allows(a, b, 2) and not allows(b, c, 1) and not allows(c, b, 1)
    assert not allows(a, b._replace(namespace="other"), 1)
    outside = Party("outside", "", {})
    assert allows(c, outside, 443, "203.0.113.1") and not allows(c, outside, 443)
    assert {one[:2] for one in policies.used} == {("a", "egress"), ("b", "ingress"), ("c", "egress")}
