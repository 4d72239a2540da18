"""Two real servers behind the proxy of the compose file: TLS, open connections, and one server taken away."""

import asyncio
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import websockets
from tests.cli.running import PATIENCE, PRODUCTION, Serving, serving
from tests.deploy.files import DEPLOY

pytestmark = [
    pytest.mark.deep,
    pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not here"),
]
ADMIN = {"email": "ann@example.com", "password": "a long enough one"}
NEWS = {"title": "The yard is closed on Monday", "body": "Fetch what you need on Friday."}


def free_port() -> int:
    with socket.socket() as any_free:
        any_free.bind(("127.0.0.1", 0))
        return int(any_free.getsockname()[1])


class Behind:
    def __init__(self, url: str, servers: list[Serving], client: httpx.Client, log: Path) -> None:
        self.log = log
        self.url = url
        self.servers = servers
        self.client = client
        self.token = str(self.client.post("/api/v1/auth/login", json=ADMIN).json()["access_token"])
        self.headers = {"Authorization": f"Bearer {self.token}"}

    def announce(self) -> None:
        answer = self.client.post("/api/v1/announcements", json=NEWS, headers=self.headers)
        assert answer.status_code == 201, answer.text


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[Behind]:
    port = free_port()
    url = f"https://localhost:{port}"
    told = {
        **PRODUCTION,
        "PUBLIC_URL": url,
        "BOOTSTRAP_ADMIN_EMAIL": ADMIN["email"],
        "BOOTSTRAP_ADMIN_PASSWORD": ADMIN["password"],
    }
    with ExitStack() as opened:
        servers = [opened.enter_context(serving(tmp_path, **told)) for _ in range(2)]
        text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
        for name, server in zip(("hosanna-a:5000", "hosanna-b:5000"), servers, strict=True):
            text = text.replace(name, server.url.partition("://")[2])
        here = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n\tlocal_certs\n}\n"
        (tmp_path / "Caddyfile").write_text(here + text, encoding="utf-8")
        proxy = subprocess.Popen(
            ["caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "XDG_DATA_HOME": str(tmp_path),
                "XDG_CONFIG_HOME": str(tmp_path),
                "HOSANNA_DOMAIN": url,
            },
            stdout=(opened.enter_context((tmp_path / "requests.log").open("w"))),
            stderr=(opened.enter_context((tmp_path / "proxy.log").open("w"))),
        )
        opened.callback(proxy.wait, PATIENCE)
        opened.callback(proxy.kill)
        until_ready(url)
        # The certificate is of an authority that the proxy made for itself a moment ago.
        client = opened.enter_context(httpx.Client(base_url=url, verify=False, timeout=30))
        yield Behind(url, servers, client, tmp_path / "requests.log")


def until_ready(url: str) -> None:
    for _ in range(200):
        try:
            if httpx.get(f"{url}/health/ready", verify=False, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass  # it has only just begun to listen
        time.sleep(0.1)
    raise AssertionError("the proxy did not come up")


def test_server_sent_events_leave_the_proxy_at_once(behind: Behind) -> None:
    with behind.client.stream("GET", "/api/v1/events", headers=behind.headers) as stream:
        lines = stream.iter_lines()
        assert any('"hello"' in line for line in lines)
        since = time.monotonic()
        behind.announce()
        assert any("announcement" in line for line in lines)
        assert time.monotonic() - since < 5


def test_a_websocket_passes_the_proxy_and_hears_what_is_done_on_either_server(behind: Behind) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE

    async def heard() -> list[str]:
        address = behind.url.replace("https", "wss") + "/api/v1/stream"
        async with websockets.connect(address, ssl=context, additional_headers=behind.headers) as stream:
            kinds = [json.loads(await stream.recv())["type"]]
            for _ in range(2):
                await asyncio.to_thread(behind.announce)
            while kinds.count("announcement.created") < 2:
                kinds.append(json.loads(await asyncio.wait_for(stream.recv(), 10))["type"])
            return kinds

    assert asyncio.run(heard())[0] == "hello"


def test_the_log_of_requests_has_neither_the_address_of_a_calendar_nor_a_ticket(behind: Behind) -> None:
    secret = "0" * 32 + "s" * 43
    assert behind.client.get(f"/calendar/{secret}.ics").status_code == 404
    behind.client.get(f"/api/v1/stream?cursor=c&ticket={secret}")
    end = time.monotonic() + PATIENCE
    while (written := behind.log.read_text(encoding="utf-8")).count("/api/v1/stream?cursor=c&ticket=-") < 1:
        assert time.monotonic() < end, written
        time.sleep(0.05)
    assert '"uri":"/calendar/-"' in written
    assert secret not in written


def test_no_request_fails_while_a_server_goes(behind: Behind) -> None:
    statuses: list[int] = []
    over = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=behind.url, verify=False, timeout=30, headers=behind.headers) as client:
            while not over.is_set():
                statuses.append(client.get("/api/v1/jobs").status_code)

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for each in askers:
        each.start()
    time.sleep(1)
    behind.servers[0].process.terminate()
    assert behind.servers[0].process.wait(30) == 0
    time.sleep(1)
    over.set()
    for each in askers:
        each.join(60)
    assert len(statuses) > 20
    assert set(statuses) == {200}
