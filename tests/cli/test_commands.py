"""The short commands, in this process."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from hosanna_web import console
from hosanna_web.cli import main
from hosanna_web.settings import Settings

HOUSE = Path(__file__).resolve().parents[2]
SECRET = "hush-0f2b8Kq-7dLxVw3ZsTt9mNc4RyHgJe6P"
CREATE = ("admin", "create", "--email", "Ann@Example.com", "--name", "Ann", "--password-stdin")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    for name in ("HOSANNA_ENV", "NODE_ENV"):
        monkeypatch.delenv(name, raising=False)


def run(*arguments: str, given: str = "", **variables: str) -> Result:
    return CliRunner().invoke(main, arguments, input=given, env={"COLUMNS": "200", **variables})


def test_help_names_every_command_and_loads_none() -> None:
    loaded = (
        "import sys; from hosanna_web.cli import main; main(['--help'], standalone_mode=False); "
        "sys.exit(' '.join(sorted({'litestar', 'uvicorn', 'pydantic_settings', 'rich'} & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
    for name in ("serve", "admin", "import", "demo", "routes", "config"):
        assert f"\n  {name} " in done.stdout


def test_an_unknown_command_is_a_usage_error() -> None:
    assert run("serv").exit_code == 2


@pytest.mark.parametrize("command", ["serve", "admin", "import", "demo", "routes", "config"])
def test_every_command_explains_itself(command: str) -> None:
    explained = run(command, "--help")
    assert explained.exit_code == 0
    assert "Usage:" in explained.stdout


def test_config_says_what_is_in_force_and_where_it_comes_from() -> None:
    rows = {row["variable"]: row for row in json.loads(run("config", "--json", PORT="5001").stdout)}
    assert (rows["PORT"]["value"], rows["PORT"]["origin"]) == (5001, "environment")
    assert (rows["REGISTRATION"]["value"], rows["REGISTRATION"]["origin"]) == ("approval", "default")
    assert rows["JWT_SECRET"]["origin"] == "data folder"
    assert rows["MONGODB_URI"]["value"] is None
    assert not Path("hosanna-data").exists()


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["table", "json"])
def test_config_shows_no_secret(form: tuple[str, ...]) -> None:
    shown = run(
        "config",
        *form,
        HOSANNA_ENV="production",
        PUBLIC_URL="https://hosanna.example.com",
        TRUSTED_PROXIES="10.0.0.1",
        REDIS_URL="rediss://:hu?sh@redis.example.com/0",
        MAIL_URL="smtp://ann:hush@mail.example.com:587",
        HOSANNA_ENCRYPTION_KEYS="a:" + "A" * 43 + "=",
        JWT_SECRET=SECRET,
        JWT_SECRET_PREVIOUS=SECRET,
        MONGODB_URI="mongodb://ann:hush@db.example.com,db2.example.com/hosanna?tlsCertificateKeyFilePassword=hush",
        BOOTSTRAP_ADMIN_EMAIL="ann@example.com",
        BOOTSTRAP_ADMIN_PASSWORD="hush hush",
    )
    assert shown.exit_code == 0
    for secret in ("hush", "sh@", "AAAA"):
        assert secret not in shown.output
    for part in (
        "rediss://:(hidden)@redis.example.com/0",
        "smtp://ann:(hidden)@mail.example.com:587",
        "mongodb://ann:(hidden)@db.example.com,db2.example.com/hosanna",
        "production",
        "ann@example.com",
    ):
        assert part in shown.output


def test_the_reference_is_made_from_the_settings_and_is_fresh() -> None:
    page = (HOUSE / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
    assert run("config", "--reference").stdout == page, "make it anew: hosanna config --reference"


def test_a_wrong_environment_is_exit_code_2_for_every_command_that_reads_it() -> None:
    refused = run("config", PORT="x", ACCESS_TOKEN_MINUTES="0")
    assert refused.exit_code == 2
    assert "PORT" in refused.stderr
    assert "ACCESS_TOKEN_MINUTES" in refused.stderr


def test_admin_create_makes_an_administrator() -> None:
    made = run(*CREATE, "--json", given="correct horse\n")
    assert made.exit_code == 0
    assert json.loads(made.stdout)["email"] == "ann@example.com"


def test_admin_create_refuses_a_known_address() -> None:
    run(*CREATE, given="correct horse\n")
    again = run(*CREATE, given="correct horse\n")
    assert again.exit_code == 1
    assert "exists already" in again.stderr


def test_admin_create_names_everything_that_is_wrong_at_once() -> None:
    refused = run("admin", "create", "--email", "ann", "--name", " ", "--password-stdin", given="1234567\n")
    assert refused.exit_code == 1
    for word in ("email", "name", "password"):
        assert word in refused.stderr
    assert "1234567" not in refused.stderr
    assert not Path("hosanna-data").exists()


def test_admin_create_without_a_terminal_asks_for_the_option() -> None:
    refused = run(*CREATE[:-1])
    assert refused.exit_code == 2
    assert "--password-stdin" in refused.stderr


def test_a_password_keeps_its_spaces() -> None:
    made = run(*CREATE, given="  12345 \n")
    assert made.exit_code == 0


def test_a_folder_that_cannot_be_used_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = run(*CREATE, given="correct horse\n", HOSANNA_DATA=os.fspath(tmp_path / "file"))
    assert refused.exit_code == 1
    assert refused.stderr.startswith("Error: The data folder")


def test_routes_lists_every_path_with_whom_it_serves() -> None:
    rows = json.loads(run("routes", "--json").stdout)
    who = {(row["method"], row["path"]): row["who"] for row in rows}
    assert who["POST", "/api/v1/auth/login"] == "everybody"
    assert who["GET", "/api/v1/auth/me"] == "every user"
    assert who["POST", "/api/v1/users"] == "by role"
    assert all(row["summary"] for row in rows)


def test_routes_is_a_table_for_people() -> None:
    shown = run("routes")
    assert shown.exit_code == 0
    assert "/api/v1/jobs/{id}/transitions/{action}" in shown.stdout


def test_a_group_tells_whole_what_each_of_its_commands_does() -> None:
    for group in ("admin", "report", "audit", "backup", "privacy", "encryption", "config"):
        told = run(group, "--help", COLUMNS="80").stdout
        assert "..." not in told.partition("Commands:")[2], group


def test_every_option_of_every_command_says_what_it_is_for() -> None:
    def walk(command: click.Command, path: str) -> Iterator[str]:
        unexplained = [each for each in command.params if isinstance(each, click.Option) and not each.help]
        yield from (f"{path} {each.opts[0]}" for each in unexplained)
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                if (below := command.get_command(context, name)) is not None:
                    yield from walk(below, f"{path} {name}")

    assert list(walk(main, "hosanna")) == []


def test_where_the_core_was_installed_alone_the_command_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(console, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as ended:
        console.main()
    assert "pip install 'hosanna[server]'" in str(ended.value)


def test_where_nothing_was_ever_stored_verification_says_that_there_was_nothing() -> None:
    told = run("audit", "verify", HOSANNA_DATA="mistyped")
    assert (told.exit_code, "SQLite in mistyped/hosanna.db is empty" in told.stdout) == (0, True)
    assert "meddled" not in told.stdout


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (("audit", "verify"), {"HOSANNA_DATA": "a-file"}, "is a file, and no folder"),
        (("backup", "--to", "a-file/x"), {}, "No backup can be written to a-file/x: Not a directory."),
        (
            ("backup",),
            {"HOSANNA_BACKUP_KEY_FILE": "none"},
            "cannot be read: none: No such file or directory.",
        ),
        (
            ("import", "a-file", "--map", "titel"),
            {},
            "there is no file of that name, and it is no FIELD=COLUMN",
        ),
        (("privacy", "export", "--job", "J-000001", "--out", "x"), {}, "that is no id"),
        (("serve",), {"HOSANNA_HOST": "no such host"}, "neither an address nor a name that leads to one"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)
def test_what_is_refused_is_told_in_words_and_not_in_numbers(
    arguments: tuple[str, ...], variables: dict[str, str], said: str
) -> None:
    Path("a-file").write_text("title\n")
    refused = run(*arguments, **variables)
    assert refused.exit_code in (1, 2)
    assert said in " ".join(refused.stderr.split())
    assert "Errno" not in refused.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device is full here")
def test_an_output_that_is_full_is_told_in_words() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "hosanna_web.cli", "routes"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (
        1,
        "Error: The output cannot be used: No space left on device.\n",
    )


def test_an_output_that_is_no_utf_8_is_no_commands_end() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hosanna_web.cli", "config"],
        env={**os.environ, "PYTHONIOENCODING": "ascii", "OTEL_SERVICE_NAME": "Zoë"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b" Zo? " in done.stdout
