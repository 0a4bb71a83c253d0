"""What is not a value is refused, and every value is documented."""

import json
import re

import pytest
import yaml

from harness import CHART, HELMS, ROOT, SERVICES, environment, refused, render, template

SCHEMA = json.loads((CHART / "values.schema.json").read_text())
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())


@pytest.mark.parametrize("helm", HELMS)
@pytest.mark.parametrize(
    "values",
    [
        {"replicas": 3},
        {"generation": {"replica": 3}},
        {"image": {"name": "x"}},
        {"tls": {"source": "vault"}},
        {"common": {"replicas": "3"}},
        {"common": {"replicas": -1}},
        {"common": {"podAnnotations": {"z": 1}}},
        {"common": {"extraEnv": [{"name": "not good", "value": "x"}]}},
        {"common": {"extraEnv": [{"name": "X", "value": 1}]}},
        {"embedding": {"resources": {"limits": {"memory": "lots"}}}},
        {"embedding": {"autoscaling": {"maxReplicas": 0}}},
        {"embedding": {"podDisruptionBudget": {"minAvailable": -1}}},
        {"retrieval": {"persistence": {"accessModes": ["ReadWrite"]}}},
        {"embedding": {"persistence": {"size": "1Gi"}}},
        {"qdrant": {"url": "qdrant:6334"}},
        {"blobs": {"url": "/data"}},
        {"nats": {"url": "n:4222"}},
        {"config": {"generation": {"api_key": "x"}}},
        {"config": {"genration": {"model": "x"}}},
        {"image": {"digest": "sha256:1"}},
        {"models": {"files": [{"path": "../x", "url": "https://x/y", "sha256": "a" * 64}]}},
        {"models": {"files": [{"path": "x", "url": "https://x/y", "sha256": "a"}]}},
    ],
    ids=lambda values: json.dumps(values)[:60],
)
def test_what_is_no_value_is_refused(values, helm):
    assert "schema" in refused(values, helm=helm)


def test_bounds_that_contradict_each_other_are_refused():
    assert "above maxReplicas" in refused({"embedding": {"autoscaling": {"enabled": True, "minReplicas": 5, "maxReplicas": 2}}})
    assert "models.files" in refused({"models": {"source": "urls"}})
    assert "models.existingClaim" in refused({"models": {"source": "claim"}})


def closed(schema, path=""):
    """Paths of maps in the schema that take any key."""
    if "$ref" in schema:
        return []
    found = []
    if schema.get("type") == "object" and schema.get("properties") and schema.get("additionalProperties") is not False:
        found.append(path)
    for key, inner in schema.get("properties", {}).items():
        found += closed(inner, f"{path}.{key}")
    return found


def test_the_schema_is_closed_and_knows_every_value():
    # `global` is shared with charts that have this one in them.
    assert closed(SCHEMA) == [".global"]

    def missing(values, schema, path=""):
        while "$ref" in schema:
            target = SCHEMA
            for part in schema["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            schema = target
        if not isinstance(values, dict) or "properties" not in schema:
            return []
        return [f"{path}.{k}" for k in values if k not in schema["properties"]] + [
            m for k, v in values.items() if k in schema["properties"] for m in missing(v, schema["properties"][k], f"{path}.{k}")
        ]

    assert missing(VALUES, SCHEMA) == []


def test_every_service_takes_every_common_key():
    for service in (*SERVICES, "migrate"):
        assert set(SCHEMA["properties"]["common"]["properties"]) <= set(SCHEMA["properties"][service]["properties"])


def keys_of_the_program():
    """section.key as crates/kit/src/config.rs and its modules declare them."""
    files = [ROOT / "crates/kit/src/config.rs", *sorted((ROOT / "crates/kit/src/config").rglob("*.rs"))]
    source = "\n".join(file.read_text() for file in files)
    structs = {name: re.findall(r"^    pub (\w+): (.+?),$", body, re.M) for name, body in re.findall(r"pub struct (\w+) \{\n(.*?)\n\}", source, re.S)}
    return {f"{section}.{key}" for section, kind in structs["Config"] for key, _ in structs.get(kind, [])} | {key for key, _ in structs["Config"]}


def test_every_variable_is_a_key_of_the_program():
    keys = keys_of_the_program()
    if "admin.listen" not in keys or "nats.credentials" not in keys or "qdrant.shards" not in keys:
        pytest.skip("the program does not have the keys of the chart yet")
    values = {"database": {"existingSecret": "d", "tls": {"existingSecret": "c", "clientCertificate": True}}, "qdrant": {"url": "https://q", "existingSecret": "q", "tls": {"existingSecret": "q"}}}
    values |= {"discord": {"existingSecret": "d"}, "telegram": {"existingSecret": "t", "webhook": {"enabled": True, "host": "h"}}, "blobs": {"url": "s3://b/p"}}
    values |= {"apiKeys": {key: {"existingSecret": "k"} for key in ("generation", "checking", "embedding")}}
    for auth in ("token", "nkey", "credentials"):
        nats = {"nats": {"url": "tls://n", "existingSecret": "n", "auth": auth, "tls": {"existingSecret": "n", "clientCertificate": True}}}
        for service in SERVICES:
            for variable in environment(render(values | nats), service):
                if variable.startswith("STOA_"):
                    key = variable.removeprefix("STOA_").lower()
                    assert key.replace("_", ".", 1) in keys or key in keys, variable


def test_sections_of_config_are_those_of_the_program():
    sections = {key.split(".")[0] for key in keys_of_the_program() if "." in key}
    assert sections <= set(SCHEMA["definitions"]["config"]["propertyNames"]["enum"])


def test_large_numbers_keep_their_digits():
    settings = environment(render({"config": {"ingestion": {"max_bytes": 209715200, "allow_private_addresses": True}, "generation": {"min_score": 0.25}}}), "ingestion")
    assert settings["STOA_INGESTION_MAX_BYTES"] == "209715200" and settings["STOA_INGESTION_ALLOW_PRIVATE_ADDRESSES"] == "true"
    assert settings["STOA_GENERATION_MIN_SCORE"] == "0.25"


def test_the_chart_says_what_it_is():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["kubeVersion"] == ">=1.27.0-0"
    assert {"artifacthub.io/category", "artifacthub.io/license", "artifacthub.io/changes"} <= set(chart["annotations"])
    program = re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(), re.M).group(1)
    assert chart["appVersion"] == program
    assert "kubeVersion" in template(check=False, kubernetes="1.26").stderr


def test_images_have_one_name_everywhere():
    """The program's where a release publishes it, and of the stores the versions that containers are tried with."""
    release = (ROOT / "CONTRIBUTING.md").read_text().partition("**A release**")[2]
    for image in (VALUES["image"], VALUES["models"]["image"]):
        assert f"{image['registry']}/{image['repository']}:VERSION" in release
        # The tag is the program's version unless another is set.
        assert image["tag"] == image["digest"] == ""
    compose = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())["services"]
    for name, image in (("postgres", VALUES["database"]["embedded"]["image"]), ("nats", VALUES["nats"]["embedded"]["image"])):
        assert f"{image['registry']}/{image['repository']}:{image['tag']}" in compose[name]["image"]


def test_the_guides_are_there():
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["version"]
    assert f"### {version}" in (CHART / "UPGRADING.md").read_text()
    assert (ROOT / "CHANGELOG.md").is_file() and (ROOT / "docs/operations.md").is_file()


def test_the_rows_name_tests_that_are_there():
    readme = (CHART / "README.md").read_text()
    rows = re.findall(r"^\| (\d+) \| .+? \| (.+?) \|$", readme, re.M)
    assert [int(number) for number, _ in rows] == list(range(1, 39))
    tests = "".join(path.read_text() for path in (ROOT / "helm").glob("*/test_*.py"))
    for number, shown in rows:
        for name in re.findall(r"`(test_\w+)`", shown):
            assert f"def {name}(" in tests, f"row {number}: {name}"
        assert "`test_" in shown or "left out" in shown, f"row {number}"
