"""What each command does in the image: as its user, with a root that cannot be written and without a capability."""

import re
import unittest

from engine import MODELS, TOKEN, Running, logs, status, stoa, wait_until

# What a command says that was given a token and nothing else; all others want a server to talk to.
LACKING = {
    "up": "--data-dir",
    "doctor": "STOA_DATABASE_URL",
    "probe": "nothing listens",
    "migrate": "database.url",
    "ingestion": "database.url", "generation": "database.url",
    "discord": "nats.url", "telegram": "nats.url",
    "embedding": "/opt/stoa/models/multilingual-e5-small",
}
ARGUMENTS = {
    "learn": ["https://example.org"], "ask": ["Why?"], "search": ["why"], "forget": ["a.md"],
    "export-person": ["discord:1"], "forget-person": ["discord:1"], "calibrate": ["questions.jsonl"],
    "eval": ["questions.jsonl"],
}
# It runs with nothing there, and is ready when the embedding service answers.
STARTS = "retrieval"
GIVEN = {"STOA_TOKEN": TOKEN}
WITH_MODELS = ["--volume", f"{MODELS}:/opt/stoa/models:ro"]


def commands():
    listed = stoa("--help").stdout.split("Commands:")[1].split("Options:")[0]
    return [name for name in re.findall(r"^  ([a-z-]+)", listed, re.MULTILINE) if name != "help"]


class Commands(unittest.TestCase):
    def test_each_explains_itself(self):
        self.assertRegex(stoa("--version").stdout, r"^stoa \d+\.\d+\.\d+\n$")
        for command in commands():
            with self.subTest(command):
                done = stoa(command, "--help")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(f"Usage: stoa {command}", done.stdout)

    def test_each_says_what_it_lacks(self):
        for command in commands():
            if command == STARTS:
                continue
            with self.subTest(command):
                done = stoa(command, *ARGUMENTS.get(command, []), environment=GIVEN)
                said = done.stdout + done.stderr
                self.assertNotEqual(done.returncode, 0, said)
                self.assertIn(LACKING.get(command, "--server"), said)
                self.assertNotIn("panicked", said)

    def test_no_service_starts_without_a_token(self):
        for service in ("ingestion", "embedding", "retrieval", "generation", "discord", "telegram"):
            with self.subTest(service):
                done = stoa(service)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn("STOA_TOKEN", done.stderr)

    def test_retrieval_waits_for_the_embedding_service(self):
        with Running(STARTS, environment=GIVEN) as service:
            def told():
                done = service.probe()
                said = f"{done.stdout}{done.stderr}{logs(service.name)}"
                return None if done.returncode == 1 and '"need"' in done.stdout else said

            wait_until("it says what it lacks", told, 30)
            self.assertEqual(service.stop(), 0, logs(service.name))

    def test_embedding_is_ready_with_its_model(self):
        # Any user will do, as a cluster may choose one.
        for user in ("65532:65532", "54321:0"):
            with self.subTest(user), Running(
                "embedding", options=[*WITH_MODELS, "--user", user], environment=GIVEN
            ) as service:
                wait_until("it is ready", lambda: None if service.probe().returncode == 0 else logs(service.name), 60)
                seen = status(service.name)
                self.assertEqual(seen["Uid"][0], user.split(":")[0])
                self.assertEqual({seen[f"Cap{kind}"][0].strip("0") for kind in ("Eff", "Prm", "Bnd")}, {""})
                self.assertEqual(seen["NoNewPrivs"], ["1"])
                self.assertEqual(service.stop(), 0, logs(service.name))
