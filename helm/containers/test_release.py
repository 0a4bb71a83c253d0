"""What the chart renders, run: each set of values in order, from its installation to the connections that it has made."""

import re
import threading
from pathlib import Path

import harness
import pytest
from cgroups import memory, memory_limit
from cluster import at_once, wait_until
from optional import OPTIONAL

QUESTION = "Who built the lighthouse of Marrow Point?"
ANSWER = "Ines Calloway"
PERSON = 42
STORES = {"postgresql", "nats"}


class Chat:
    """What a person does in a chat and sees there."""

    def __init__(self, release, platform):
        self._outside, self._known, self.platform = release.outside, release.outside.known[platform], platform
        self.space = f"discord:{self._known['guild']}" if platform == "discord" else f"telegram:{PERSON}"

    def ask(self):
        if self.platform == "discord":
            wait_until("the bot is connected", lambda: self._outside("discord.is_connected"))
            return self._outside("discord.say", self._known["channel"], PERSON, f"<@{self._known['bot']}> {QUESTION}")
        return self._outside("telegram.say", PERSON, QUESTION)

    def shown(self):
        place = self._known["channel"] if self.platform == "discord" else PERSON
        return self._outside(f"{self.platform}.shown", place)

    def command(self, name, text=""):
        """Uses a command, whose answer this person alone may see."""
        if self.platform == "telegram":
            self._outside("telegram.say", PERSON, f"/{name} {text}".strip())
        else:
            options = [{"name": "question", "type": 3, "value": text}] if text else []
            self._outside("discord.command", self._known["channel"], PERSON, name, options)

    def until_told(self, says):
        told = (lambda: self._outside("discord.told", PERSON)) if self.platform == "discord" else self.shown
        wait_until(lambda: f"{says} in {told()}", lambda: any(says in message["text"] for message in told()))

    def until_answered(self, before):
        """Waits until what came after so many messages is an answer and will not change any more: one, and no second."""
        def answered():
            new = self.shown()[before:]
            return new and all(message["complete"] for message in new) and any(ANSWER in message["text"] for message in new)

        wait_until(lambda: f"an answer in {self.platform}: {self.shown()}", answered)
        assert len(self.shown()) == before + 1, self.shown()


@pytest.fixture(params=["discord", "telegram"])
def chat(release, request):
    return Chat(release, request.param)


def size(quantity):
    return int(quantity[:-2]) << {"Mi": 20, "Gi": 30}[quantity[-2:]]


def is_answered(answer):
    """Whether it says so, and cites where that stands."""
    return ANSWER in answer["answer"] and answer["citations"][0]["document"].endswith("lighthouse.md")


def test_a_document_is_taught_and_a_question_answered_from_it(release):
    code, said = release.test()
    assert code == 0, said
    release.teach("handbook")
    answer = release.ask(QUESTION, "handbook")
    assert is_answered(answer), answer
    if not release.writes:
        unknown = release.ask("Who won the football world cup in 1998?", "handbook")
        assert unknown["abstained"], unknown


def test_a_chat_answers(release, chat):
    release.teach(chat.space)
    chat.ask()
    chat.until_answered(0)


def test_a_chat_lists_documents_and_searches(chat):
    chat.command("documents")
    chat.until_told("lighthouse.md")
    chat.command("search", "lighthouse lamp seconds")
    chat.until_told("Its lamp turns once in 12 seconds.")


def test_every_container_is_as_it_was_rendered(release):
    seen = release.pods()
    assert len({pod.component for pod in seen}) == len(release.cluster.of("Deployment", "StatefulSet"))
    for pod in seen:
        process = Path(f"/proc/{pod.process}")
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        wanted = pod.spec["securityContext"]
        assert status["Uid"].split() == [str(wanted["runAsUser"])] * 4, pod.name
        assert status["Gid"].split() == [str(wanted["runAsGroup"])] * 4, pod.name
        assert {int(status[f"Cap{kind}"], 16) for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {0}, pod.name
        assert (status["NoNewPrivs"].strip(), status["Seccomp"].strip()) == ("1", "2"), pod.name
        mounts = [line.split() for line in (process / "mounts").read_text().splitlines()]
        [options] = [options for _, point, _, options, *_ in mounts if point == "/"]
        assert "ro" in options.split(","), pod.name
        assert memory_limit(process) == size(pod.spec["containers"][0]["resources"]["limits"]["memory"]), pod.name


def test_no_service_needs_more_memory_than_it_requests(release):
    """At rest, after some questions. What it took at most is printed, for who sets the limits."""
    for pod in release.pods():
        requested = pod.spec["containers"][0]["resources"]["requests"]["memory"]
        at_rest, most = memory(Path(f"/proc/{pod.process}"))
        print(f"{pod.name}: {at_rest >> 20} MiB at rest, {most >> 20} MiB at most, {requested} requested")
        assert at_rest <= size(requested), pod.name


def test_an_answer_comes_once_when_pods_are_lost(release, chat):
    before = len(chat.shown())
    chat.ask()
    lost = [release.cluster.pods_of(component)[0] for component in (chat.platform, "generation")]
    at_once([lambda pod=pod: release.cluster.lose(pod) for pod in lost])
    chat.until_answered(before)
    release.cluster.until_ready(release.pods())


def test_an_upgrade_rolls_through_without_a_failed_answer(release):
    chats = [Chat(release, platform) for platform in ("discord", "telegram")]
    before = [len(chat.shown()) for chat in chats]
    rolled, answers, failed = threading.Event(), [], []

    def ask():
        try:
            while not rolled.is_set():
                answers.append(release.ask(QUESTION, "handbook"))
        except AssertionError as error:
            failed.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    for chat in chats:
        chat.ask()
    try:
        release.upgrade()
    finally:
        rolled.set()
        asking.join()
    # Where the index runs once, who asks while it starts again is told so; a chat waits.
    runs_once = ("StatefulSet", "stoa-retrieval") in release.cluster.objects
    assert not failed or runs_once and "the search failed" in str(failed[0]), failed[0]
    assert answers and all(is_answered(answer) for answer in answers)
    for chat, shown in zip(chats, before):
        chat.until_answered(shown)
    services = [pod for pod in release.pods() if pod.component not in STORES]
    assert all(pod.spec["containers"][0]["image"].endswith(":next") for pod in services)
    assert is_answered(release.ask(QUESTION, "handbook"))


def test_nothing_was_asked_of_the_outside_that_it_would_never_take(release):
    assert release.outside("discord.offences") == []
    assert release.outside("telegram.offences") == []
    assert release.outside("qdrant.unknown") == []


def test_traces_come_where_a_collector_is_named(release):
    if not harness.environment(release.cluster.of("Deployment", "StatefulSet", "ConfigMap"), "generation").get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        pytest.skip("these values name none")
    for service in ("ingestion", "embedding", "retrieval", "generation", "discord", "telegram"):
        wait_until(f"spans of {service}", lambda service=service: release.outside("collector.heard_of", f"stoa-{service}"))


def test_metrics_that_alerts_and_the_dashboard_name_are_those_that_the_services_have(release):
    read = release.scrape()
    assert set(read) == {pod.component for pod in release.pods()} - STORES
    exposed = {name for text in read.values() for name in re.findall(r"^# TYPE (\w+) ", text, re.M)}
    texts = [(harness.CHART / "files" / name).read_text() for name in ("alerts.yaml", "dashboard.json")]
    named = {name for text in texts for name in re.findall(r"\bstoa_\w+", text)}
    assert {name for name in named if not {name, re.sub(r"_(bucket|sum|count|total)$", "", name)} & exposed} == set()


def test_connections_are_those_that_the_policies_allow(release):
    policies = release.cluster.policies()
    made = list(release.cluster.connections())
    refused = {f"{source.name} to {target.name}:{arrow.port}" for arrow, source, target in made if not policies.allows(arrow, source, target)}
    assert not refused
    # What is allowed is needed: it was made, or it is said why it may be made.
    needless = set(policies.granted()) - policies.used
    unexplained = sorted(str(one) for one in needless if not any(optional.fits(one) for optional in OPTIONAL))
    assert not unexplained, "\n".join(unexplained)
