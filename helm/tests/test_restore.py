"""The restore drill of docs/operations.md: what was backed up is put into a new release, and answers there."""

import shutil

import pytest

import processes
from harness import render

STOA = processes.program()
pytestmark = pytest.mark.skipif(STOA is None, reason="the program is not built: cargo build --release --bin stoa")


QUESTION = "Who built the lighthouse of Marrow Point?"


def document(release):
    return release.pod("test")[1] / "etc/stoa/test/lighthouse.md"


def snapshot(release, service, name, folder):
    """A folder of a service's claim, as a copy of the bucket or a snapshot of the index has it."""
    shutil.copytree(release.folder / service / "var/lib/stoa" / name, folder / name)


def restore(folder, release, service, name):
    shutil.copytree(folder / name, release.folder / service / "var/lib/stoa" / name)


@pytest.fixture(scope="module")
def backup(tmp_path_factory):
    """What the table in docs/operations.md says to keep, of a release that was taught a document."""
    folder = tmp_path_factory.mktemp("backup")
    with processes.Release(render(ci="minimal"), STOA) as release:
        release.start_all()
        release.command("learn", document(release))
        assert "Ines Calloway" in release.command("ask", QUESTION).stdout
        release.postgres_tool("pg_dump", "-Fc", "-f", folder / "stoa.dump")
        snapshot(release, "ingestion", "blobs", folder)
        # The index is copied of a process at rest, as a snapshot of a volume would be consistent.
        release.stop("retrieval")
        snapshot(release, "retrieval", "index", folder)
    return folder


@pytest.fixture
def restored(backup):
    with processes.Release(render(ci="minimal"), STOA) as release:
        release.start_postgresql()
        release.postgres_tool("pg_restore", "--no-owner", "--dbname=stoa", backup / "stoa.dump")
        restore(backup, release, "ingestion", "blobs")
        yield release


def test_a_release_answers_from_its_backups(backup, restored):
    restore(backup, restored, "retrieval", "index")
    restored.start_all()
    assert "Ines Calloway" in restored.command("ask", QUESTION).stdout
    assert "known already" in restored.command("learn", document(restored)).stdout


def test_without_an_index_documents_are_taught_once_more(restored):
    restored.start_all()
    assert "Ines Calloway" not in restored.command("ask", QUESTION).stdout
    # What is in PostgreSQL passes for what is in the index, until it is told that it is not.
    assert "known already" in restored.command("learn", document(restored)).stdout
    restored.psql("UPDATE ingestion.versions SET made_with = NULL")
    restored.command("learn", document(restored))
    assert "Ines Calloway" in restored.command("ask", QUESTION).stdout
