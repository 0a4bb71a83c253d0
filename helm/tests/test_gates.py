"""Every file of ci/, with both Helms, on three versions of Kubernetes, through every gate."""

import pytest

import gates
from harness import CHART, CI, GIVEN, HELMS, KUBERNETES, ROOT, render

@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize("ci", CI)
def test_lint(ci, helm):
    assert gates.lint(CHART, helm, "--values", CHART / f"ci/{ci}-values.yaml") == []


@pytest.mark.parametrize("kubernetes", KUBERNETES)
@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize("ci", CI)
def test_manifests_are_valid(ci, helm, kubernetes):
    assert gates.strict(render(ci=ci, helm=helm, kubernetes=kubernetes), kubernetes) == []


@pytest.mark.parametrize("ci", CI)
def test_custom_resources_are_valid_to_their_makers(ci):
    assert gates.custom_resources(render(ci=ci)) == []


@pytest.mark.parametrize("ci", CI)
def test_trivy_finds_nothing_high(ci):
    assert gates.trivy(CHART, "--helm-values", CHART / f"ci/{ci}-values.yaml", "--helm-kube-version", "1.32") == []


def test_trivy_finds_nothing_high_in_the_images():
    assert gates.trivy(ROOT / "deploy") == []


def test_hadolint_is_content():
    files = sorted(ROOT.glob("deploy/**/*Dockerfile"))
    assert len(files) >= 2 and gates.hadolint(*files) == []


@pytest.mark.parametrize("ci", CI)
def test_pods_are_restricted(ci):
    assert gates.restricted(render(ci=ci)) == []


@pytest.mark.parametrize("ci", CI)
def test_what_is_named_is_there(ci):
    assert gates.references(render(ci=ci), GIVEN.get(ci, ())) == []


def test_readme_is_fresh():
    assert gates.readme(CHART) == []
