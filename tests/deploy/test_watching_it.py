"""Alert rules, scrape configuration and dashboard: they ask for figures that the server has, and parse."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import promql_parser as promql
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from tests.deploy.files import DEPLOY, HOUSE, compose
from tests.web.firm import API, Firm

from hosanna_core.model.condition import Condition, Mode
from hosanna_core.usecases.delivering import AT_ONCE
from hosanna_web.app import create_app
from hosanna_web.measuring import Measures
from hosanna_web.plugins.plugin import Plugin

RULES = DEPLOY / "prometheus" / "alerts.yml"
DASHBOARD = DEPLOY / "grafana" / "dashboard.json"
PAGE = HOUSE / "docs" / "how-to" / "watch-it-run.md"
OF_PROMETHEUS = {"up": set[str]()}
"""What it makes itself of every server that it asks."""
BY_PROMETHEUS = {"job", "instance"}
"""The labels that it puts on everything."""
OBJECTIVE = 0.001
Exported = dict[str, dict[str, set[str]]]
"""The names of all figures, with their labels and the values that these have."""


@pytest.fixture(scope="module")
def exported() -> Exported:
    """All that a server exports once everything has happened that it counts."""
    measures = Measures()
    for outcome in (200, 401, 429, 503):
        measures.answered(_Login(), "POST", outcome, 0.01)
    measures.refused("internal_error")
    measures.moved("assign")
    measures.cut_off(4408)
    measures.turned_away("reading")
    measures.shaken("done")
    measures.refused_outright("busy")
    measures.found_due("notices", 1)
    measures.found_due("webhooks", 1)
    measures.lost_lines(1)
    measures.last_backup(1.0)
    measures.backup_due(due=True)
    measures.backed_up()
    measures.backup_failed()
    firm = Firm()
    beside = [
        Condition(name=name, mode=Mode.OK, latency_ms=1.0, waiting=1)
        for name in ("feed", "redis", "mongodb", "mail", "disk")
    ]
    plugin = Plugin("fleet", None, reason="not there")
    plugin.failures["told"] = 1
    firm.app = create_app(
        firm.ports,
        measures=measures,
        conditions=[lambda each=each: each for each in beside],
        plugins=[plugin],
    )
    text = firm.ask("GET", "/metrics", None, base="").body.decode()
    found: Exported = {name: defaultdict(set) for name in OF_PROMETHEUS}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = found.setdefault(sample.name, defaultdict(set))
            for label, value in sample.labels.items():
                labels[label].add(value)
    return found


class _Login:
    name = "log_in"
    path = f"{API}/auth/login"


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def alerts() -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def recorded() -> dict[str, str]:
    return {rule["record"]: rule["expr"] for rule in rules() if "record" in rule}


def dashboard() -> Any:
    return json.loads(DASHBOARD.read_text(encoding="utf-8"))


def panels() -> list[dict[str, Any]]:
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def asked() -> Iterator[tuple[str, str]]:
    """Every expression, with where it stands."""
    for rule in rules():
        yield rule.get("alert") or rule["record"], rule["expr"]
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for each in dashboard()["annotations"]["list"]:
        if "expr" in each:
            yield each["name"], each["expr"]


def parsed(expression: str) -> Any:
    """What Grafana fills in stands for itself."""
    filled = expression.replace("$__rate_interval", "5m").replace("$__range", "6h")
    return promql.parse(filled.replace("$job", "hosanna").replace("$instance", ".*"))


def nodes(expression: Any) -> list[Any]:
    found: list[Any] = []
    promql.walk(expression, pre_visit=found.append)
    return found


def flaws(expression: str, known: Exported) -> list[str]:
    """Names, labels and values that nobody exports."""
    found: list[str] = []
    everything = nodes(parsed(expression))
    selectors = [each for each in everything if isinstance(each, promql.VectorSelector)]
    labels = set(BY_PROMETHEUS)
    for each in selectors:
        if each.name not in known:
            found.append(f"{each.name} is exported by nobody")
            continue
        labels |= known[each.name].keys()
        for matcher in each.matchers.matchers:
            values = known[each.name].get(matcher.name)
            if matcher.name in BY_PROMETHEUS:
                continue
            if values is None:
                found.append(f"{each.name} has no label {matcher.name}")
            elif matcher.op == promql.MatchOp.Equal and matcher.value not in values:
                found.append(f"{matcher.name} of {each.name} is never {matcher.value}")
    for each in everything:
        if isinstance(each, promql.AggregateExpr) and each.modifier is not None:
            found += [f"no label {name} to sum by" for name in each.modifier.labels if name not in labels]
    return found


def test_every_expression_parses_and_asks_for_what_the_server_exports(exported: Exported) -> None:
    known = {**exported, **{name: defaultdict(set) for name in recorded()}}
    assert len(list(asked())) > 50
    assert {where: found for where, expr in asked() if (found := flaws(expr, known))} == {}


def test_a_wrong_name_label_or_value_would_be_found(exported: Exported) -> None:
    assert flaws('hosanna_request_total{job="x"}', exported)
    assert flaws('rate(hosanna_requests_total{path="/"}[5m])', exported)
    assert flaws('hosanna_dependency_mode{dependency="sotre"}', exported)
    assert flaws("sum by (code) (hosanna_requests_total)", exported)
    with pytest.raises(ValueError, match="parenthesis"):
        parsed("sum(rate(x[5m])")


def test_every_figure_of_ours_is_looked_at_by_somebody(exported: Exported) -> None:
    looked = {
        node.name
        for _, expr in asked()
        for node in nodes(parsed(expr))
        if isinstance(node, promql.VectorSelector)
    }
    ours = {name for name in exported if name.startswith("hosanna_")}
    nobody = {re.sub("_(count|sum)$", "_bucket", name) for name in ours} - looked
    assert nobody <= {"hosanna_plugin_loaded"}


def test_the_reference_names_every_figure_and_every_label(exported: Exported) -> None:
    page = (HOUSE / "docs" / "reference" / "operations.md").read_text(encoding="utf-8")
    for name, labels in exported.items():
        if name.startswith("hosanna_"):
            bare = re.sub("_(bucket|count|sum)$", "", name)
            (row,) = (line for line in page.splitlines() if line.startswith("| `") and f"`{bare}`" in line)
            assert all(f"`{label}`" in row for label in labels.keys() - {"le"}), name


@pytest.mark.parametrize(
    ("alert", "burn", "long", "short"),
    [
        ("HosannaErrorBudgetBurnsFast", 14.4, "1h", "5m"),
        ("HosannaErrorBudgetBurnsSlowly", 6, "6h", "30m"),
        ("HosannaErrorBudgetLeaks", 1, "3d", "6h"),
    ],
)
def test_a_budget_burns_where_a_long_and_a_short_window_say_so(
    alert: str, burn: float, long: str, short: str
) -> None:
    found = nodes(parsed(alerts()[alert]["expr"]))
    names = [each.name for each in found if isinstance(each, promql.VectorSelector)]
    assert names == [f"hosanna:request_errors:ratio_rate{window}" for window in (long, short)]
    numbers = [each.val for each in found if isinstance(each, promql.NumberLiteral)]
    assert numbers == [burn, OBJECTIVE] * 2
    (both,) = {str(each.op) for each in found if isinstance(each, promql.BinaryExpr)} - {"*", ">"}
    assert both == "and"


def test_a_ratio_is_of_the_window_that_its_name_says() -> None:
    for name, expr in recorded().items():
        (window,) = {
            promql.display_duration(each.range)
            for each in nodes(parsed(expr))
            if isinstance(each, promql.MatrixSelector)
        }
        assert name.endswith(f"ratio_rate{window}")


def test_notices_pile_up_where_each_look_finds_as_many_as_it_takes() -> None:
    assert f">= {AT_ONCE}" in alerts()["HosannaNoticesPileUp"]["expr"]


def test_every_alert_says_how_bad_it_is_and_the_page_says_what_to_do() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name, rule in alerts().items():
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"].keys() == {"summary", "description", "runbook"}
        assert rule["annotations"]["runbook"] == f"docs/how-to/watch-it-run.md#{name.lower()}"
        assert f"\n### {name}\n" in page
    assert set(re.findall(r"^### (Hosanna\w+)$", page, re.MULTILINE)) == alerts().keys()


def test_the_rules_are_as_prometheus_takes_them() -> None:
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        assert group.keys() == {"name", "rules"}
        for rule in group["rules"]:
            assert rule.keys() in ({"record", "expr"}, {"alert", "expr", "for", "labels", "annotations"})
            assert re.fullmatch(r"\d+[smhd]", rule.get("for", "1m"))
    assert len({rule.get("alert") or rule["record"] for rule in rules()}) == len(rules())


def test_the_dashboard_is_whole() -> None:
    board = dashboard()
    assert board["uid"] == "hosanna"
    assert isinstance(board["schemaVersion"], int)
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        here = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not here & taken, f"{panel['title']} covers another one"
        taken |= here
    known = {each["name"] for each in board["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", DASHBOARD.read_text(encoding="utf-8")))
    assert used - known == {"__rate_interval"}


def test_every_panel_says_what_it_shows_of_the_servers_that_were_chosen() -> None:
    for panel in panels():
        assert panel["type"] in {"timeseries", "stat"}
        assert panel["title"]
        assert panel["description"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references) > 0
        for target in panel["targets"]:
            assert 'job=~"$job", instance=~"$instance"' in target["expr"]
            assert target["datasource"] == panel["datasource"]


def test_prometheus_asks_each_server_of_the_compose_file() -> None:
    told = yaml.safe_load((RULES.parent / "prometheus.yml").read_text())
    assert told["rule_files"] == [RULES.name]
    (only,) = told["scrape_configs"]
    assert (only["job_name"], only["metrics_path"]) == ("hosanna", "/metrics")
    (targets,) = only["static_configs"]
    servers = {name for name in compose()["services"] if name.startswith("hosanna-")}
    assert set(targets["targets"]) == {f"{name}:5000" for name in servers}


def test_grafana_finds_prometheus_and_the_dashboard() -> None:
    provisioning = DEPLOY / "grafana" / "provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yaml").read_text())["datasources"]
    assert (source["type"], source["url"]) == ("prometheus", "http://prometheus:9090")
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "hosanna.yaml").read_text())["providers"]
    mounted = dict(each.split(":")[:2] for each in compose()["services"]["grafana"]["volumes"])
    assert mounted["./grafana/dashboard.json"].rpartition("/")[0] == provider["options"]["path"]
    assert mounted["./grafana/provisioning"] == "/etc/grafana/provisioning"
