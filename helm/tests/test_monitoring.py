"""What Prometheus and Grafana are given."""

import json
import pathlib
import re

import pytest
import yaml

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


def test_every_alert_has_a_runbook_and_every_runbook_its_alert():
    text = (ROOT / "docs/operations.md").read_text()
    runbooks = re.findall(r"^### (\w+)$", text.partition("\n## Runbooks\n")[2].partition("\n## ")[0], re.M)
    assert runbooks == [rule["alert"] for rule in rules()]
    for rule in rules():
        assert rule["annotations"]["runbook_url"].endswith("#" + rule["alert"].lower())


def metrics_named():
    return {metric for expression in expressions() for metric in re.findall(r"\bstoa_\w+", expression)}


def test_only_metrics_that_the_services_have_are_named():
    # The list is made from the program's declarations, and a test of the program keeps it so.
    declared = set(re.findall(r"^\| `(stoa_\w+)` \|", (ROOT / "docs/metrics.md").read_text(), re.M))
    named = {re.sub(r"_(bucket|sum|count)$", "", metric) for metric in metrics_named()}
    assert len(named) >= 20 and named - declared == set()


def test_labels_that_are_named_have_values_that_the_program_says():
    """`code`, `method`, `service` and `reason` are not listed one by one."""
    values = {}
    for metric, labels in re.findall(r"^\| `(stoa_\w+)` \| \w+ \| (.*?) \|", (ROOT / "docs/metrics.md").read_text(), re.M):
        values[metric] = {name: said.split(", ") if said else None for name, said in re.findall(r"`(\w+)`(?:: ([^;]+))?", labels)}
    for expression in expressions():
        for metric, selector in re.findall(r"\b(stoa_\w+)\{([^}]*)\}", expression):
            known = values[re.sub(r"_(bucket|sum|count)$", "", metric) if metric not in values else metric]
            for label, wanted in re.findall(r"(\w+)=~?\"([^\"]*)\"", selector):
                # Of the scrape, not of the program.
                if label in ("namespace", "component", "pod") or label in known and known[label] is None:
                    continue
                assert label in known and set(wanted.split("|")) <= set(known[label]), f"{label} of {metric}"


def promtool(*arguments, cwd=None):
    program = harness.tool("promtool")
    if not program.exists():
        pytest.skip("promtool is in a package of Debian, and this is none: helm/fetch.sh says more")
    return harness.run(program, *arguments, check=False, cwd=cwd)


@pytest.fixture
def groups(tmp_path):
    """The rules as Prometheus reads them, and the dashboard's expressions beside them, as rules of their own."""
    alerts = of(render(ON), "PrometheusRule", "stoa")["spec"]["groups"]
    panels = [{"record": f"panel:{number}", "expr": expression} for number, expression in enumerate(expressions())]
    (tmp_path / "rules.yaml").write_text(json.dumps({"groups": alerts}))
    (tmp_path / "panels.yaml").write_text(json.dumps({"groups": [{"name": "panels", "rules": panels}]}))
    return tmp_path


def test_prometheus_takes_the_rules_and_the_panels(groups):
    for file in ("rules.yaml", "panels.yaml"):
        done = promtool("check", "rules", groups / file)
        assert done.returncode == 0, done.stdout + done.stderr
    (groups / "rules.yaml").write_text((groups / "rules.yaml").read_text().replace("rate(", "rat(", 1))
    assert promtool("check", "rules", groups / "rules.yaml").returncode


def test_every_alert_fires_when_it_should_and_is_quiet_when_it_should_not(groups):
    series = yaml.safe_load(pathlib.Path(__file__).with_name("alert-series.yaml").read_text())
    assert list(series) == [rule["alert"] for rule in rules()]
    tests = []
    for alert, cases in series.items():
        for case, expected in (("fires", [{"labels": f'{{alertname="{alert}"}}', "value": 1}]), ("quiet", [])):
            given = [{"series": name.replace("{", '{namespace="chat",', 1), "values": str(values)} for name, values in cases[case].items()]
            asked = {"expr": 'count by (alertname) (ALERTS{alertstate="firing"})', "eval_time": "100m", "exp_samples": expected}
            tests.append({"name": f"{alert} {case}", "interval": "1m", "input_series": given, "promql_expr_test": [asked]})
    (groups / "tests.yaml").write_text(json.dumps({"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": tests}))
    done = promtool("test", "rules", "tests.yaml", cwd=groups)
    assert done.returncode == 0, done.stdout + done.stderr
