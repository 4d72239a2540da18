"""A webhook of a firm, and what is sent to it."""

import json
import time
from collections.abc import Callable
from typing import Any

from tests.web.firm import Firm

from hosanna_core.testing.doubles import PlainSender
from hosanna_core.usecases.webhook_news import queue_news
from hosanna_core.usecases.webhook_sending import send_due, webhooks_with_news

URL = "https://hooks.example.com/in?of=them"


class Receiver:
    """One webhook of a firm, and what was sent to it."""

    def __init__(self, firm: Firm, **fields: Any) -> None:
        self.firm = firm
        self.url = fields.get("url", URL)
        made = firm.ask("POST", "/webhooks", "admin", {"url": URL, "role": "ADMINISTRATOR", **fields})
        assert made.status == 201, made.body
        self.id, self.secret = made.json["webhook"]["id"], made.json["secret"]
        assert made.header("location") == f"/api/v1/webhooks/{self.id}"

    @property
    def sender(self) -> PlainSender:
        sender = self.firm.ports.sender
        assert isinstance(sender, PlainSender)
        return sender

    def told(self) -> list[dict[str, Any]]:
        """What comes when all is queued and sent that is due."""
        work(self.firm)
        posted = [each for each in self.sender.posted if each.url == self.url]
        self.sender.posted[:] = [each for each in self.sender.posted if each.url != self.url]
        return [json.loads(each.body) for each in posted]

    def kinds(self) -> list[str]:
        return [each["type"] for each in self.told()]

    def log(self) -> list[dict[str, Any]]:
        return list(self.firm.ask("GET", f"/webhooks/{self.id}/deliveries", "admin").json["items"])

    def read(self) -> dict[str, Any]:
        return dict(self.firm.ask("GET", f"/webhooks/{self.id}", "admin").json)

    def by_hand(self, rest: str, **headers: str) -> Any:
        return self.firm.ask("POST", f"/webhooks/{self.id}/{rest}", "admin", **headers)


def work(firm: Firm) -> None:
    while queue_news(firm.ports):
        pass
    for webhook_id in webhooks_with_news(firm.ports).ready:
        while send_due(firm.ports, webhook_id):
            pass


def switch(hook: Receiver, *, on: bool) -> Any:
    return hook.firm.ask("PATCH", f"/webhooks/{hook.id}", "admin", {"enabled": on})


def wait_until(seen: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.01)
