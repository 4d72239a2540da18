"""The AsyncAPI document describes what is sent: every message that really comes, and no other."""

import contextlib
import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, get_args

import httpx
import jsonschema_rs
import pytest
import uvicorn
from tests.architecture.test_docs import GENERATOR
from tests.cli.listening import listening
from tests.web.firm import API, Firm
from websockets.sync.client import ClientConnection, connect

from hosanna_core.model import messages
from hosanna_core.rules import announcements, notices
from hosanna_web.asyncapi.document import SAID, TOLD
from hosanna_web.realtime import clients, hub
from hosanna_web.realtime.closing import Close

SCHEMA = "HOSANNA_ASYNCAPI_SCHEMA"
"""Names the folder with the JSON schemas of AsyncAPI: those of the package `@asyncapi/specs`."""
PATIENCE = 30.0
A_TOKENS_LAST_MINUTE = 850_000
NEWS = {"title": "The yard is closed on Monday", "body": "Fetch what you need on Friday."}


@pytest.fixture(scope="module")
def document() -> Any:
    return Firm().ask("GET", "/asyncapi.json", None, base="").json


def payload(document: Any, name: str) -> Any:
    """The schema of a message, with all that it refers to."""
    return {**document["components"]["messages"][name]["payload"], "components": document["components"]}


def types_of(document: Any, kinds: tuple[type, ...]) -> dict[str, str]:
    """Each type of message, and the message that it belongs to."""
    found = {}
    for kind in kinds:
        for each in document["components"]["schemas"][kind.__name__]["properties"]["type"]["enum"]:
            assert each not in found
            found[each] = kind.__name__
    return found


def test_the_document_is_what_asyncapi_takes_for_one(document: Any) -> None:
    if SCHEMA not in os.environ:
        pytest.skip(f"{SCHEMA} names no folder with AsyncAPI's JSON schemas: .ci/run fetches them")
    schema = json.loads((Path(os.environ[SCHEMA]) / "3.0.0.json").read_text(encoding="utf-8"))
    judge = jsonschema_rs.Draft7Validator(schema)
    judge.validate(document)
    assert not judge.is_valid({**document, "chanels": {}}), "it takes anything"


def test_every_reference_leads_somewhere(document: Any) -> None:
    references = re.findall(r'"\$ref":"#/([^"]+)"', json.dumps(document, separators=(",", ":")))
    assert len(references) > 50
    for reference in references:
        found = document
        for part in reference.split("/"):
            found = found[part]


def test_every_message_can_come_over_a_channel_and_belongs_to_an_operation(document: Any) -> None:
    for message in document["components"]["messages"]:
        assert message in document["channels"]["stream"]["messages"]
    used = {
        each["$ref"]
        for operation in document["operations"].values()
        for each in (*operation["messages"], *operation.get("reply", {}).get("messages", ()))
    }
    for name, channel in document["channels"].items():
        assert {f"#/channels/{name}/messages/{each}" for each in channel["messages"]} == {
            each for each in used if each.startswith(f"#/channels/{name}/")
        }


def test_every_example_fulfils_the_schema_of_its_message_and_no_other(document: Any) -> None:
    names = [kind.__name__ for kind in (*TOLD, *SAID)]
    for message in names:
        for example in document["components"]["messages"][message]["examples"]:
            fits = [
                each for each in names if jsonschema_rs.is_valid(payload(document, each), example["payload"])
            ]
            assert fits == [message]


def test_there_is_an_example_of_every_type(document: Any) -> None:
    shown = {
        example["name"]
        for message in document["components"]["messages"].values()
        for example in message["examples"]
    }
    assert shown == {*types_of(document, TOLD), *types_of(document, SAID)}


def test_every_close_code_is_there_with_its_words(document: Any) -> None:
    told = {each["code"]: each["reason"] for each in document["channels"]["stream"]["x-close-codes"]}
    assert told == {code.value: code.reason for code in Close}


def test_every_kind_of_event_that_comes_about_has_a_message(document: Any) -> None:
    jobs = set(re.findall(r"`(job\.[a-z_]+)`", GENERATOR.events()))
    assert jobs == set(get_args(messages.JobKind))
    assert set(GENERATOR.played()[1]) == set(get_args(messages.UserKind))
    others = {notices.CREATED, notices.READ, announcements.CREATED}
    assert {*jobs, *GENERATOR.played()[1], *others} <= types_of(document, TOLD).keys()


@contextlib.contextmanager
def impatient() -> Iterator[None]:
    """Heartbeats, and looks at the clock, that a test need not wait for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clients, "HEARTBEAT", 0.5)
        patch.setattr(hub, "LOOKS_EVERY", 0.1)
        yield


@contextlib.contextmanager
def followed(firm: Firm, port: int, who: str) -> Iterator[ClientConnection]:
    address = f"ws://127.0.0.1:{port}{API}/stream"
    with connect(address, additional_headers={"Authorization": f"Bearer {firm.tokens[who]}"}) as connection:
        yield connection


def a_working_day(firm: Firm, recalled: str) -> None:
    """All that can happen to jobs and users, and what people are told of it."""
    job = firm.job("BILLED")
    tag = firm.read(recalled).etag
    assert firm.ask("PATCH", f"/jobs/{recalled}", "admin", {"title": "Other"}, if_match=tag).status == 200
    assert firm.move(recalled, "recall").status == 200
    assert firm.read(job, "tess").status == 200
    theo = f"/users/{firm.ids['theo']}"
    (session,) = firm.ask("GET", "/auth/sessions", "theo").json["items"]
    asked = [
        firm.ask("DELETE", f"/auth/sessions/{session['id']}", "theo"),
        firm.ask("PATCH", theo, "admin", {"phone": "1"}),
        firm.ask("PUT", f"{theo}/role", "admin", {"role": "OFFICE_MANAGER"}),
        firm.ask("POST", f"{theo}/deactivate", "admin"),
        firm.ask("POST", f"{theo}/activate", "admin"),
        firm.ask("POST", "/auth/logout-all", "owen"),
        firm.ask("POST", "/announcements", "admin", NEWS),
    ]
    assert [answer.status for answer in asked] == [204, 200, 200, 200, 200, 204, 201]
    firm.hire("nina", "TECHNICIAN")
    newest = firm.ask("GET", "/notifications", "tess").json["items"][0]
    assert firm.ask("POST", f"/notifications/{newest['id']}/read", "tess").status == 200


def said_by(connection: ClientConnection, token: str) -> None:
    for message in ({"type": "ping"}, {"type": "authenticate", "token": token}, {"type": "sing"}):
        connection.send(json.dumps(message))


def heard(connections: list[ClientConnection], wanted: set[str]) -> list[Any]:
    """What comes until every wanted type has come."""
    found: list[Any] = []
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for connection in connections:
            with contextlib.suppress(TimeoutError):
                while True:
                    found.append(json.loads(connection.recv(timeout=0.05)))
        if wanted <= {each["type"] for each in found}:
            break
    return found


@contextlib.contextmanager
def listening_plainly(app: Any) -> Iterator[int]:
    """The port of a server that lends nobody its transport."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, ws="websockets-sansio", log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.mark.parametrize("served", [listening, listening_plainly])
def test_what_is_really_sent_is_described_and_what_is_described_is_really_sent(
    document: Any, served: Callable[[Any], AbstractContextManager[int]]
) -> None:
    firm = Firm()
    described = types_of(document, TOLD)
    with impatient(), served(firm.app) as port, contextlib.ExitStack() as stack:
        admin, office, tess = (
            stack.enter_context(followed(firm, port, who)) for who in ("admin", "office", "tess")
        )
        # It has to be seen before it is gone: else neither is told.
        recalled = firm.job("DISPATCHED")
        seen = heard([tess], {"job.entered_view"})
        a_working_day(firm, recalled)
        said_by(admin, firm.tokens["admin"])
        firm.clock.step(A_TOKENS_LAST_MINUTE)
        found = seen + heard([admin, office, tess], set(described) - {each["type"] for each in seen})
    assert {each["type"] for each in found} == set(described)
    for each in found:
        name = described[each["type"]]
        jsonschema_rs.validate(payload(document, name), each)
        assert each.keys() == document["components"]["schemas"][name]["properties"].keys()
        assert list(each)[-1] == "cursor"


def events_in(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """Each event of a stream: its fields, up to the empty line."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, fields[name] = line.partition(": ")
        else:
            yield fields
            fields = {}


def test_server_sent_events_are_the_same_messages(document: Any) -> None:
    firm = Firm()
    described = types_of(document, TOLD)
    found = []
    headers = {"Authorization": f"Bearer {firm.tokens['admin']}"}
    with (
        impatient(),
        listening(firm.app) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}{API}", headers=headers, timeout=PATIENCE) as client,
        client.stream("GET", "/events") as answer,
    ):
        events = events_in(answer.iter_lines())
        assert next(events) == {"retry": "2000"}
        assert next(events)["event"] == "hello"
        a_working_day(firm, firm.job("DISPATCHED"))
        for event in events:
            found.append(event)
            if event["event"] == "announcement.created":
                break
    assert len({event["event"] for event in found}) > 10
    for event in found:
        message = json.loads(event["data"])
        assert (event["id"], event["event"]) == (message["cursor"], message["type"])
        assert described[message["type"]] in document["channels"]["events"]["messages"]
        jsonschema_rs.validate(payload(document, described[message["type"]]), message)
