"""What Prometheus and Grafana are given."""

import json
import re

import pytest

import harness
from harness import CHART, ROOT, of, render

ON = {"metrics": {"serviceMonitor": {"enabled": True, "labels": {"release": "p"}, "relabelings": [{"action": "labeldrop", "regex": "x"}]}, "prometheusRule": {"enabled": True}, "dashboard": {"enabled": True}}}


def rules():
    return [rule for group in of(render(ON), "PrometheusRule", "stoa")["spec"]["groups"] for rule in group["rules"]]


def expressions():
    dashboard = json.loads((CHART / "files/dashboard.json").read_text())
    shown = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return [rule["expr"] for rule in rules()] + [e.replace("$__rate_interval", "5m") for e in shown]


def test_each_is_off_until_it_is_switched_on():
    assert not [d for d in render() if d["kind"] in ("ServiceMonitor", "PrometheusRule") or d["metadata"]["name"] == "stoa-dashboard"]
    documents = render(ON)
    monitor = of(documents, "ServiceMonitor", "stoa")
    assert monitor["metadata"]["labels"]["release"] == "p"
    assert monitor["spec"]["endpoints"][0]["relabelings"][1] == {"action": "labeldrop", "regex": "x"}
    assert monitor["spec"]["endpoints"][0]["relabelings"][0]["targetLabel"] == "component"
    services = [s for s in of(documents, "Service") if any(p["name"] == "admin" for p in s["spec"]["ports"])]
    assert len(services) == 4
    for service in services:
        assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert of(documents, "ConfigMap", "stoa-dashboard")["metadata"]["labels"]["grafana_dashboard"] == "1"


def test_expressions_are_promql():
    assert harness.custom([], expressions()) == []


def test_alerts_are_of_the_release_and_can_be_left_out():
    assert all('namespace="chat"' in rule["expr"] and "SELECT" not in rule["expr"] for rule in rules())
    less = {"metrics": {"prometheusRule": {"enabled": True, "disabled": ["StoaErrors"], "alertLabels": {"team": "k"}}}}
    kept = [r for g in of(render(less), "PrometheusRule", "stoa")["spec"]["groups"] for r in g["rules"]]
    assert "StoaErrors" not in [rule["alert"] for rule in kept] and all(rule["labels"]["team"] == "k" for rule in kept)


def test_every_alert_has_a_runbook():
    headings = re.findall(r"^#+ (\w+)$", (ROOT / "docs/operations.md").read_text(), re.M)
    for rule in rules():
        assert rule["alert"] in headings, rule["alert"]
        assert rule["annotations"]["runbook_url"].endswith("#" + rule["alert"].lower())


def test_only_metrics_that_the_services_have_are_named():
    listed = ROOT / "docs/metrics.md"
    if not listed.is_file():
        pytest.skip("docs/metrics.md is not there yet")
    text = listed.read_text()
    for expression in expressions():
        for metric in re.findall(r"\bstoa_\w+", expression):
            name = re.sub(r"_(bucket|sum|count)$", "", metric)
            assert re.search(rf"\b{name}\b", text), f"{metric} in {expression}"
