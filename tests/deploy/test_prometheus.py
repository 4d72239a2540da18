"""A real Prometheus: it judges the rules, plays them, and reads two real servers with the configuration that ships."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from tests.cli.running import BY_HTTPS, PATIENCE, PRODUCTION, serving
from tests.deploy.files import DEPLOY
from tests.deploy.test_behind_the_proxy import free_port
from tests.deploy.test_watching_it import asked

FOLDER = DEPLOY / "prometheus"
PLAYED = Path(__file__).with_name("alerts.test.yml")

pytestmark = pytest.mark.skipif(
    shutil.which("promtool") is None or shutil.which("prometheus") is None, reason="Prometheus is not here"
)


@pytest.mark.parametrize(
    "what",
    [
        ("check", "rules", str(FOLDER / "alerts.yml")),
        ("check", "config", str(FOLDER / "prometheus.yml")),
        pytest.param(("test", "rules", str(PLAYED)), marks=pytest.mark.deep),
    ],
    ids=" ".join,
)
def test_promtool_finds_nothing(what: tuple[str, ...]) -> None:
    told = subprocess.run(["promtool", *what], cwd=PLAYED.parent, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Asks one that reads two servers, as often as it may."""
    with ExitStack() as opened:
        servers = [opened.enter_context(serving(tmp_path, **PRODUCTION)) for _ in range(2)]
        for server in servers:
            with server.client(BY_HTTPS) as client:
                assert client.get("/api/v1/jobs", headers={"host": "hosanna.example.com"}).status_code == 401
        told = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
        told["global"] = {"scrape_interval": "200ms", "evaluation_interval": "200ms"}
        (job,) = told["scrape_configs"]
        job["static_configs"] = [{"targets": [server.url.partition("://")[2] for server in servers]}]
        (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(told))
        shutil.copy(FOLDER / "alerts.yml", tmp_path)
        where = f"127.0.0.1:{free_port()}"
        process = subprocess.Popen(
            ["prometheus", "--config.file=prometheus.yml", f"--web.listen-address={where}"],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"]},
            stdout=subprocess.DEVNULL,
            stderr=(opened.enter_context((tmp_path / "prometheus.log").open("w"))),
        )
        opened.callback(process.wait, PATIENCE)
        opened.callback(process.kill)
        client = opened.enter_context(httpx.Client(base_url=f"http://{where}/api/v1", trust_env=False))

        def ask(path: str, **parameters: str) -> Any:
            answer = client.get(path, params=parameters)
            if answer.status_code == 503:
                raise httpx.TransportError("it listens, and is not ready")
            assert answer.status_code == 200, answer.text
            return answer.json()["data"]

        yield ask


def until(found: Callable[[], Any]) -> Any:
    """What is found once something is."""
    for _ in range(600):
        try:
            if there := found():
                return there
        except httpx.TransportError:
            pass  # it has only just begun to listen
        time.sleep(0.1)
    raise AssertionError("nothing was found")


@pytest.mark.deep
def test_it_reads_servers_in_production_and_can_evaluate_every_rule_and_every_panel(
    prometheus: Callable[..., Any],
) -> None:
    def up() -> bool:
        return [each["value"][1] for each in prometheus("/query", query="up")["result"]] == ["1", "1"]

    until(up)
    counted = until(
        lambda: prometheus("/query", query='sum(hosanna_errors_total{code="unauthenticated"}) == 2')["result"]
    )
    assert len(counted) == 1

    def judged() -> list[dict[str, Any]]:
        rules = [rule for group in prometheus("/rules")["groups"] for rule in group["rules"]]
        return [] if any(rule["health"] == "unknown" for rule in rules) else rules

    assert {rule["health"] for rule in until(judged)} == {"ok"}
    assert not [rule["name"] for rule in judged() if rule.get("state") == "firing"]
    for where, expression in asked():
        filled = expression.replace("$__rate_interval", "5m").replace("$job", ".*").replace("$instance", ".*")
        assert "result" in prometheus("/query", query=filled), where
