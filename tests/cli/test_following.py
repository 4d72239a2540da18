"""What the how-to tells two people who listen to type, typed in terminals of their own against a real server."""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from tests.web.test_first_day import BLOCK, HOUSE, PASSWORD, served

PAGE = (HOUSE / "docs" / "how-to" / "follow-what-happens.md").read_text(encoding="utf-8")
LONG = 30.0
DONE = "that is done"
MESSAGE = re.compile(r"^(?:.*< |data: )(\{.*\})$")


def block(holding: str, address: str) -> str:
    """The only block of the page that holds these words, as somebody types it here."""
    (found,) = [each for each in BLOCK.findall(PAGE) if holding in each]
    typed = found.replace("http://127.0.0.1:5000", address).replace(
        "the password that the server showed", PASSWORD
    )
    return typed.replace(".venv/bin", str(Path(sys.executable).parent))


class Terminal:
    """A shell in which one block is typed after another."""

    def __init__(self, shell: subprocess.Popen[str]) -> None:
        self._shell = shell
        assert shell.stdin is not None
        assert shell.stdout is not None
        self.keyboard: IO[str] = shell.stdin
        self.screen: IO[str] = shell.stdout

    def type(self, commands: str) -> str:
        """What they answer, once all are done."""
        self.keyboard.write(f"{commands}\necho {DONE}\n")
        self.keyboard.flush()
        said = "".join(iter(self._line, f"{DONE}\n"))
        assert '"code"' not in said, said
        return said

    def _line(self) -> str:
        line = self.screen.readline()
        assert line, "the shell has ended"
        return line


@contextmanager
def terminal(*commands: str) -> Iterator[Terminal]:
    """A shell that takes what is typed, or does *commands*, to which what is typed goes then."""
    arguments = ["bash", "-e", *(("-c", "\n".join(commands)) if commands else ())]
    with subprocess.Popen(
        arguments,
        cwd=HOUSE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as shell:
        try:
            yield Terminal(shell)
        finally:
            shell.kill()


def shown(listening: Terminal, until: str) -> list[Any]:
    """The messages on a screen, up to the first of that type."""
    found: list[Any] = []
    end = time.monotonic() + LONG
    for line in listening.screen:
        if (message := MESSAGE.match(line.rstrip())) is not None:
            found.append(json.loads(message[1]))
            if found[-1]["type"] == until:
                return found
        assert time.monotonic() < end, found
    raise AssertionError(found)


def types(messages: list[Any]) -> list[str]:
    return [each["type"] for each in messages]


@pytest.mark.deep
def test_two_who_listen_see_what_is_theirs_and_catch_up_with_what_they_missed(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("this machine has no curl")
    with served(tmp_path / "data") as address, terminal() as first:
        ready = block("listen()", address)
        first.type(ready + block("job()", address))
        tess_comes, olga_comes = block("TECH=$(login", address), block('listen "$OFFICE"', address)
        with terminal(ready, tess_comes) as tess, terminal(ready, olga_comes) as olga:
            assert [shown(each, "hello")[0]["recovered"] for each in (tess, olga)] == [False, False]
            first.type(block('"$PANEL" dispatch', address))
            told = shown(tess, "notification.created")
            assert types(told) == ["job.entered_view", "notification.created"]
            assert types(shown(olga, "job.status_changed")) == ["job.status_changed"]
            tess.keyboard.close()
            assert "Connection closed: 1000" in tess.screen.read()
            first.type(block("recall", address))
            # confirm, assign, dispatch: TENTATIVE is none of the office's.
            seen = types(shown(olga, "job.entered_view") + shown(olga, "job.assigned"))
            assert seen == ["job.status_changed", "job.entered_view", "job.assigned"]
        before = f"{ready}{tess_comes.partition('listen')[0]}CURSOR={told[-1]['cursor']}\n"
        missed = ["hello", "job.left_view", "job.entered_view", "notification.created"]
        for again in ('listen "$TECH" "&', "curl -N"):
            with terminal(before, block(again, address)) as tess:
                told = shown(tess, "notification.created")
                assert (types(told), told[0]["recovered"]) == (missed, True)
        with terminal() as tess:
            synced = json.loads(tess.type(before + block("/sync?", address)))
            assert (len(synced["jobs"]), len(synced["removed"]), synced["reset"]) == (1, 1, False)
        with terminal(ready, tess_comes) as tess:
            shown(tess, "hello")
            first.type(block("logout-all", address))
            assert "Connection closed: 4401" in tess.screen.read()
