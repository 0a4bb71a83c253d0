"""`helm test` is answered: the rendered release runs as processes of this machine, and the pod's own commands are run against it."""

import pytest

import processes
from harness import render

STOA = processes.program()
pytestmark = pytest.mark.skipif(STOA is None, reason="the program is not built: cargo build --release --bin stoa")


@pytest.fixture(scope="module")
def release():
    with processes.Release(render(ci="minimal"), STOA) as release:
        release.start_all()
        yield release


def test_the_commands_of_helm_test_teach_a_document_and_check_the_cited_answer(release):
    said = release.run_pod("test")
    assert [done.returncode for done in said] == [0, 0, 0], "\n".join(done.stdout + done.stderr for done in said)
    assert "Ines Calloway. [1]" in said[1].stdout and "[1] The lighthouse of Marrow Point" in said[1].stdout
    # It may run again, and leaves nothing.
    assert [done.returncode for done in release.run_pod("test")] == [0, 0, 0]
    assert release.psql("SELECT count(*) FROM ingestion.documents") == "0"


def test_helm_test_fails_where_another_document_would_have_to_be_cited(release):
    said = release.run_pod("test", lambda arguments: ["other.md" if a == "lighthouse.md" and "--expect-source" in arguments else a for a in arguments])
    assert [done.returncode == 0 for done in said] == [True, False]
    assert "other.md" in said[1].stderr


def test_helm_test_fails_when_a_service_is_gone(release):
    release.stop("generation")
    try:
        assert [done.returncode == 0 for done in release.run_pod("test")] == [True, False]
    finally:
        release.start_service("generation")
        release.wait_until_ready("generation")


def test_the_migration_may_run_twice(release):
    assert [done.returncode for done in release.migrate()] == [0]


def test_what_runs_has_every_metric_that_an_alert_or_a_panel_names(release):
    from test_monitoring import metrics_named

    shown = {name: release.metrics(name) for name in processes.SERVICES}
    for metric in metrics_named():
        assert any(metric in text for text in shown.values()), metric
