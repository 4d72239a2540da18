"""The manifests: what they promise, and what the schemas of Kubernetes say. Nothing here applies them."""

import json
import os
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from tests.deploy.files import MANIFESTS, manifest

from hosanna_web.cli.server import PATIENCE_AT_THE_END
from hosanna_web.settings import Settings, names_of

SCHEMAS = "HOSANNA_KUBERNETES_SCHEMAS"
"""Names the folder with the JSON schemas of one version of Kubernetes: a `…-local-strict` of `kubernetes-validate`."""
OURS = [path for path in MANIFESTS if path.stem != "kustomization"]


@pytest.fixture(scope="module")
def pod() -> Any:
    return manifest("deployment")["spec"]["template"]["spec"]


@pytest.fixture(scope="module")
def container(pod: Any) -> Any:
    (only,) = pod["containers"]
    return only


def schema_of(document: Any, folder: Path) -> Any:
    group, _, version = document["apiVersion"].rpartition("/")
    kind = document["kind"].lower()
    name = f"{kind}-{group.partition('.')[0]}-{version}" if group else f"{kind}-{version}"
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_a_manifest_fulfils_the_schema_of_its_kind(path: Path) -> None:
    named = os.environ.get(SCHEMAS)
    if not named:
        pytest.skip(f"{SCHEMAS} does not name the folder of Kubernetes' schemas")
    folder = Path(named)
    document = yaml.safe_load(path.read_text(encoding="utf-8"))

    def beside(uri: str) -> Any:
        return json.loads((folder / uri.rpartition("/")[2]).read_text(encoding="utf-8"))

    schema = {**schema_of(document, folder), "$id": "file:///schemas/this.json"}
    validator = jsonschema_rs.validator_for(schema, retriever=beside)
    assert [str(error) for error in validator.iter_errors(document)] == []
    assert not validator.is_valid({**document, "spek": {}})


def test_every_manifest_is_among_the_resources_but_the_example_of_a_secret() -> None:
    listed = set(manifest("kustomization")["resources"])
    assert listed == {path.name for path in OURS} - {"secret.example.yaml"}


def test_names_and_labels_lead_to_one_another() -> None:
    deployment = manifest("deployment")
    labels = deployment["spec"]["selector"]["matchLabels"]
    assert deployment["spec"]["template"]["metadata"]["labels"] == labels
    assert manifest("service")["spec"]["selector"] == labels
    assert manifest("disruption-budget")["spec"]["selector"]["matchLabels"] == labels
    assert manifest("network-policy")["spec"]["podSelector"]["matchLabels"] == labels
    assert manifest("autoscaler")["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    (rule,) = manifest("ingress")["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert path["backend"]["service"]["name"] == manifest("service")["metadata"]["name"]


def test_a_rolling_update_takes_no_server_away_before_another_is_ready() -> None:
    spec = manifest("deployment")["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    # The autoscaler's number would be undone by every apply.
    assert "replicas" not in spec
    assert (
        manifest("disruption-budget")["spec"]["minAvailable"] < manifest("autoscaler")["spec"]["minReplicas"]
    )


def test_there_is_time_to_be_forgotten_and_time_to_finish(pod: Any, container: Any) -> None:
    word, waits = container["lifecycle"]["preStop"]["exec"]["command"]
    assert word == "sleep"
    assert int(waits) >= container["readinessProbe"]["periodSeconds"]
    assert pod["terminationGracePeriodSeconds"] > int(waits) + PATIENCE_AT_THE_END + 5


@pytest.mark.parametrize("probe", ["startupProbe", "livenessProbe", "readinessProbe"])
def test_probes_ask_from_inside_where_no_network_has_to_be_trusted(container: Any, probe: str) -> None:
    question = "ready" if probe == "readinessProbe" else "live"
    assert container[probe]["exec"]["command"] == ["python", "-m", "hosanna_web.probe", question]
    assert "127.0.0.1" in manifest("configuration")["data"]["TRUSTED_PROXIES"].split(",")


def test_a_pod_may_do_nothing_that_it_does_not_need(pod: Any, container: Any) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {each["mountPath"] for each in container["volumeMounts"]} == {"/data", "/tmp"}
    assert not container["image"].endswith(":latest")
    assert ":" in container["image"]


def test_backups_outlive_every_pod_and_nobody_makes_them_but_the_clock(pod: Any, container: Any) -> None:
    assert manifest("configuration")["data"]["BACKUP_EVERY"] == "off"
    job = manifest("backup")["spec"]["jobTemplate"]["spec"]["template"]
    (only,) = job["spec"]["containers"]
    told = {each["name"]: each["value"] for each in only["env"]}
    (mounted,) = [each["name"] for each in only["volumeMounts"] if each["mountPath"] == told["BACKUP_DIR"]]
    (volume,) = [each for each in job["spec"]["volumes"] if each["name"] == mounted]
    assert volume["persistentVolumeClaim"]["claimName"] == manifest("backups")["metadata"]["name"]
    assert only["args"][:2] == ["backup", "--if-due"]
    # As little as a server may, of the same image; and no request comes to it.
    assert (only["image"], only["securityContext"]) == (container["image"], container["securityContext"])
    assert job["spec"]["securityContext"] == pod["securityContext"]
    assert job["metadata"]["labels"] != manifest("service")["spec"]["selector"]


def test_no_secret_has_a_value_and_every_variable_is_one_of_ours() -> None:
    known = {name for field in Settings.model_fields for name in names_of(field)}
    secret = manifest("secret.example")["stringData"]
    assert set(secret.values()) == {""}
    assert secret.keys() | manifest("configuration")["data"].keys() <= known
    assert secret.keys().isdisjoint(manifest("configuration")["data"])
