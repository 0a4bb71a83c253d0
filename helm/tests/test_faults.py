"""For each gate a fault that is made on purpose: the gate must see it."""

import re
import shutil

import pytest

import gates
import harness
from harness import CHART, ROOT


@pytest.fixture
def broken(tmp_path):
    """A copy of the chart with a text replaced in a file."""

    def breaks(file, old, new):
        copy = tmp_path / "stoa"
        shutil.copytree(CHART, copy, dirs_exist_ok=True)
        text = (copy / file).read_text()
        assert old in text, f"{file} has no {old!r} any more"
        (copy / file).write_text(text.replace(old, new))
        return copy

    return breaks


def test_lint_closes(broken):
    assert gates.lint(broken("templates/pdb.yaml", "kind: PodDisruptionBudget", "kind: [PodDisruptionBudget"), "helm4")
    assert gates.lint(broken("templates/pdb.yaml", "kind: PodDisruptionBudget", "kind: [PodDisruptionBudget"), "helm3")


@pytest.mark.parametrize(
    "file, old, new",
    [
        ("templates/_pod.tpl", "terminationGracePeriodSeconds:", "terminationGraceSeconds:"),
        ("templates/services.yaml", "clusterIP: None", "clusterIp: None"),
        ("templates/_workload.tpl", "replicas: {{ int .values.replicas }}", 'replicas: "{{ .values.replicas }}"'),
        ("templates/pdb.yaml", "policy/v1", "policy/v1beta1"),
        ("templates/pdb.yaml", "kind: PodDisruptionBudget", "kind: PodDisruption"),
    ],
)
def test_strict_schemas_close(broken, file, old, new):
    assert gates.strict(harness.render(chart=broken(file, old, new)), "1.32")


def test_schemas_of_custom_resources_close(broken):
    on = {"metrics": {"serviceMonitor": {"enabled": True}}}
    unknown = harness.render(on, chart=broken("templates/monitoring.yaml", "scrapeTimeout:", "timeout:"))
    assert gates.strict(unknown, "1.32")


def test_validators_of_their_makers_close(broken):
    on = {"tls": {"source": "cert-manager"}}
    missing = harness.render(on, chart=broken("templates/certificates.yaml", "  secretName: {{ include \"stoa.tlsSecret\"", "  secretname: {{ include \"stoa.tlsSecret\""))
    assert gates.custom_resources(missing)


def test_trivy_closes(broken):
    assert gates.trivy(broken("values.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"))


def test_trivy_closes_on_images(tmp_path):
    (tmp_path / "Dockerfile").write_text((ROOT / "deploy/Dockerfile").read_text().replace("USER 65532:65532", "USER root"))
    assert gates.trivy(tmp_path)


@pytest.mark.parametrize("file", ["Dockerfile", "models.Dockerfile"])
def test_hadolint_closes(file, tmp_path):
    careless = tmp_path / file
    careless.write_text((ROOT / "deploy" / file).read_text() + "RUN cd /tmp && sudo true\n")
    assert gates.hadolint(careless)


@pytest.mark.parametrize("old, new", [("privileged: false", "privileged: true"), ("runAsNonRoot: true", "runAsNonRoot: false"), ("drop: [ALL]", "drop: []"), ("type: RuntimeDefault", "type: Unconfined")])
def test_restriction_closes(broken, old, new):
    assert gates.restricted(harness.render(chart=broken("values.yaml", old, new)))


@pytest.mark.parametrize(
    "file, old, new",
    [
        ("templates/_pod.tpl", "name: {{ include \"stoa.componentName\" . }}", "name: other"),
        ("templates/services.yaml", "targetPort: grpc", "targetPort: rpc"),
        ("templates/services.yaml", "include \"stoa.selectorLabels\" (dict \"root\" $ \"name\" $name)", "include \"stoa.labels\" (dict \"root\" $ \"name\" $name)"),
        ("templates/_pod.tpl", "secretName: {{ .secret }}", "secretName: {{ .secret }}s"),
        ("templates/serviceaccount.yaml", "kind: ServiceAccount", "kind: Account"),
    ],
)
def test_references_close(broken, file, old, new):
    assert gates.references(harness.render(chart=broken(file, old, new)))


def test_freshness_of_the_readme_closes(broken):
    assert gates.readme(broken("values.yaml", "Another name than", "Any name but"))
    assert gates.readme(broken("values.yaml", 'nameOverride: ""', 'nameOverride: ""\nundocumented: 1'))


def test_the_grammar_closes():
    assert harness.custom([], ["sum by (rate(x[5m]))"])


def test_a_rendering_is_never_compared_with_itself():
    # Tokens and keys differ from one rendering to the next: what keeps them is the cluster, and nothing else.
    tokens = {re.search(r"^  token: (\S+)$", harness.template().stdout, re.M).group(1) for _ in range(2)}
    assert len(tokens) == 2
