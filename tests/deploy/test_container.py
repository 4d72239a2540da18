"""The image, as far as its file tells: nothing here builds it."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.cli.running import PRODUCTION, serving
from tests.deploy.files import DEPLOY, HOUSE, compose

BASE = re.compile(r"python:3\.\d+\.\d+-slim-[a-z]+")


class Instruction(NamedTuple):
    word: str
    rest: str


def instructions() -> list[Instruction]:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    whole = re.sub(r"\\\n", " ", "\n".join(lines)).splitlines()
    return [Instruction(*line.strip().split(maxsplit=1)) for line in whole if line.strip()]


def stages() -> list[list[Instruction]]:
    found: list[list[Instruction]] = []
    for each in instructions():
        if each.word == "FROM":
            found.append([])
        found[-1].append(each)
    return found


def last(word: str) -> str:
    return next(each.rest for each in reversed(stages()[-1]) if each.word == word)


def test_the_base_is_a_version_and_the_tools_stay_in_a_stage_of_their_own() -> None:
    bases = [stage[0].rest.split()[0] for stage in stages()]
    assert len(bases) == 2
    assert [base for base in bases if not BASE.fullmatch(base)] == []
    assert [each.rest for each in stages()[-1] if each.word == "COPY"] == [
        "--from=build /opt/hosanna /opt/hosanna"
    ]


def test_it_runs_as_a_number_that_is_not_root() -> None:
    user, _, group = last("USER").partition(":")
    assert int(user) > 1000
    assert int(group) > 1000
    after = [each.word for each in stages()[-1]]
    assert "RUN" not in after[after.index("USER") :]


def test_what_is_copied_is_there_and_let_in_by_the_ignore_file() -> None:
    ignored = (HOUSE / ".dockerignore").read_text(encoding="utf-8").split()
    assert ignored[ignored.index("*") :][0] == "*"
    for each in stages()[0]:
        if each.word == "COPY":
            for source in each.rest.split()[:-1]:
                name = source.removeprefix("./")
                assert (HOUSE / name).exists()
                assert f"!{name}" in ignored


def test_only_what_is_pinned_is_installed() -> None:
    installs = [
        part
        for each in instructions()
        if each.word == "RUN"
        for part in each.rest.split("&&")
        if "pip install" in part
    ]
    assert len(installs) == 2
    assert [each for each in installs if "--constraint constraints.txt" not in each] == []


def test_no_secret_is_baked_in() -> None:
    told = " ".join(each.rest for each in instructions() if each.word in ("ENV", "ARG", "LABEL"))
    assert not re.search(r"(?i)secret|password|keys?=|mongodb|redis", told)


def test_signals_reach_the_server_itself() -> None:
    assert json.loads(last("ENTRYPOINT")) == ["hosanna"]
    assert json.loads(last("CMD")) == ["serve"]
    assert last("STOPSIGNAL") == "SIGTERM"


def test_its_data_is_a_volume_that_its_user_owns() -> None:
    told = dict(
        word.split("=", 1) for each in stages()[-1] if each.word == "ENV" for word in shlex.split(each.rest)
    )
    assert json.loads(last("VOLUME")) == [told["HOSANNA_DATA"]]
    assert told["HOSANNA_HOST"] == "0.0.0.0"
    assert last("EXPOSE") == told["PORT"]
    made = next(each.rest for each in stages()[-1] if each.word == "RUN")
    assert f"--owner=hosanna --group=hosanna --mode=0700 {told['HOSANNA_DATA']}" in made


def probe(question: str, url: str, **variables: str) -> int:
    return subprocess.run(
        [sys.executable, "-m", "hosanna_web.probe", question],
        env={**variables, "PORT": url.rpartition(":")[2]},
        timeout=30,
        check=False,
    ).returncode


def test_the_health_check_is_a_command_that_tells_a_server_from_none(tmp_path: Path) -> None:
    assert json.loads(last("HEALTHCHECK").partition("CMD ")[2]) == [
        "python",
        "-m",
        "hosanna_web.probe",
        "live",
    ]
    with serving(tmp_path, **PRODUCTION) as server:
        url = server.url
        assert probe("live", url) == 0
        assert probe("ready", url) == 0
    assert probe("live", url) == 1
    assert probe("ready", url) == 1


def test_a_question_that_is_none_is_told_from_a_server_that_is_none() -> None:
    assert probe("lively", "http://127.0.0.1:1") == 2


def test_a_server_that_trusts_nobody_here_lives_and_is_not_known_to_be_ready(tmp_path: Path) -> None:
    with serving(tmp_path, **{**PRODUCTION, "TRUSTED_PROXIES": "10.0.0.1"}) as server:
        assert probe("live", server.url) == 0
        assert probe("ready", server.url) == 1


def test_the_compose_file_lets_the_container_ask_itself() -> None:
    assert "127.0.0.1" in compose()["x-hosanna"]["environment"]["TRUSTED_PROXIES"].split(",")
