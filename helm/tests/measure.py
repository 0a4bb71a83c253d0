"""Measures what the resources in values.yaml are set from: memory of each process of the minimal release, at rest, while it is
taught and while it answers, and its CPU for a document page and a message. `helm/measure.sh` prints it; docs/operations.md has it."""

import json
import os
import pathlib
import re
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import harness
import processes

QUESTIONS = int(os.environ.get("QUESTIONS", "200"))
COPIES = int(os.environ.get("COPIES", "40"))
TICKS = os.sysconf("SC_CLK_TCK")


def family(root):
    """A process and those below it, with what `/proc/PID/stat` says of each."""
    stats = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            stats[int(folder.name)] = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
    found = {root} & stats.keys()
    while more := {pid for pid, stat in stats.items() if int(stat[1]) in found} - found:
        found |= more
    return {pid: stats[pid] for pid in found}


def seconds(stat):
    """CPU of a process and of its children that have ended."""
    return sum(map(int, stat[11:15])) / TICKS


def fields(pid, file):
    """Lines `Name: 12 kB` of a file in /proc, in MiB; none of a process that has ended."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except OSError:
        return {}
    found = (re.match(r"(\w+):\s+(\d+) kB$", line) for line in lines)
    return {match[1]: int(match[2]) / 1024 for match in found if match}


def memory(pids):
    """What a container with these processes is charged with: what they share among them once, files that they map as if nobody
    else on the machine did, in MiB."""
    own = [fields(pid, "smaps_rollup") for pid in pids]
    files = [fields(pid, "status").get("RssFile", 0) for pid in pids]
    return sum(it.get("Pss_Anon", 0) + it.get("Pss_Shmem", 0) for it in own) + max(files, default=0)


class Meter:
    """Memory at most and CPU of each process, from when it is entered until it is left."""

    def __init__(self, release):
        self.release, self.most, self.ended = release, {}, threading.Event()

    def sample(self):
        for name, process in self.release.running.items():
            now = memory(family(process.pid))
            self.most[name] = max(self.most.get(name, 0), now)

    def watch(self):
        while not self.ended.wait(0.2):
            self.sample()

    def cpu(self):
        return {name: sum(map(seconds, family(process.pid).values())) for name, process in self.release.running.items()}

    def __enter__(self):
        self.before = self.cpu()
        self.sample()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.sample()
        self.ended.set()
        self.thread.join()
        self.used = {name: now - self.before[name] for name, now in self.cpu().items()}


def main():
    asked = [json.loads(line)["question"] for line in (harness.ROOT / "examples/handbook.questions.jsonl").read_text().splitlines()]
    asked = [asked[number % len(asked)] for number in range(QUESTIONS)]
    with tempfile.TemporaryDirectory() as folder, processes.Release(harness.render(ci="minimal"), processes.program()) as release:
        release.start_all()
        time.sleep(10)
        with Meter(release) as rest:
            time.sleep(30)
        # Each copy says another thing, so that each is read and embedded.
        documents = pathlib.Path(folder) / "documents"
        documents.mkdir()
        for copy in range(COPIES):
            for file in (harness.ROOT / "examples/handbook").glob("*.md"):
                (documents / f"{copy}-{file.name}").write_text(f"# Branch {copy}\n\n" + file.read_text().replace("employee", f"employee of branch {copy}"))
        size = sum(file.stat().st_size for file in documents.iterdir())
        with Meter(release) as taught:
            release.command("learn", documents)
        passages = int(release.psql("SELECT sum(passages) FROM ingestion.documents"))
        index = sum(file.stat().st_blocks * 512 for file in (release.folder / "retrieval/var/lib/stoa/index").rglob("*") if file.is_file())
        turns = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'generation'::regnamespace"
        rows = int(release.psql(turns))
        begin = time.monotonic()
        with Meter(release) as answered, ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda question: release.command("ask", question), asked))
        took = time.monotonic() - begin
        rows = int(release.psql(turns)) - rows
        cited = sum("[1]" in answer.stdout for answer in answers)
    print(f"{COPIES * 3} documents of {size / 1e6:.2f} MB; {QUESTIONS} questions, four at a time, {cited} of them answered with a citation, in {took:.0f} s")
    print(f"{passages} passages: {index / passages / 1024:.1f} KiB each in the index, {taught.used['embedding'] / passages * 1000:.0f} ms of CPU to embed one; a turn is {rows / QUESTIONS / 1024:.1f} KiB in PostgreSQL")
    print(f"{'':12} {'at rest':>8} {'teaching':>9} {'answering':>10}  MiB   {'at rest':>8} {'a MB':>8} {'1,000 msgs':>11}  CPU seconds (at rest: an hour)")
    for name in rest.most:
        print(f"{name:12} {rest.most[name]:8.0f} {taught.most[name]:9.0f} {answered.most[name]:10.0f}        {rest.used[name] * 120:8.1f} {taught.used[name] / size * 1e6:8.1f} {answered.used[name] / QUESTIONS * 1000:11.1f}")


if __name__ == "__main__":
    sys.exit(main())
