"""Putting the system together, and what it says when that cannot be done."""

import stat
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pymongo.database import Database
from tests.wire import wire_client, wire_database, wire_uri

from hosanna_adapters.mongo import schema
from hosanna_adapters.smtp import Encryption, SmtpMailer
from hosanna_core.model.people import Role
from hosanna_core.rules.keys import StoreKeys
from hosanna_core.usecases.users import oldest_administrator
from hosanna_web.composition import open_system
from hosanna_web.composition.services import open_mailer
from hosanna_web.data_folder import KEPT_IN, CannotStart
from hosanna_web.first_administrator import DEVELOPMENT_EMAIL, install_first
from hosanna_web.settings import Environment, Settings

# Fixtures are found by their names in this module.
__all__ = ["wire_client", "wire_database", "wire_uri"]

OLD, NEW = SecretStr("o" * 40), SecretStr("n" * 40)
Configured = Callable[..., Settings]


@pytest.fixture
def configured(tmp_path: Path) -> Configured:
    def settings(**values: object) -> Settings:
        return Settings().model_copy(
            update={"env": Environment.DEVELOPMENT, "mongodb_uri": None, "jwt_secret": None}
            | {"bootstrap_admin_email": None, "bootstrap_admin_password": None}
            | {"data": tmp_path / "data", **values}
        )

    return settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    for name in ("HOSANNA_ENV", "NODE_ENV"):
        monkeypatch.delenv(name, raising=False)


def keys(settings: Settings) -> StoreKeys:
    with open_system(settings) as system:
        return system.ports.keys


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_two_starts_on_one_folder_share_their_keys(configured: Configured) -> None:
    assert keys(configured()) == keys(configured())


def test_two_folders_share_nothing(configured: Configured, tmp_path: Path) -> None:
    assert keys(configured(jwt_secret=OLD)) != keys(configured(jwt_secret=OLD, data=tmp_path / "other"))


def test_many_first_starts_at_once_agree(configured: Configured) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert len(set(map(repr, pool.map(keys, [configured()] * 4)))) == 1


def test_the_data_folder_is_its_owners_alone(configured: Configured) -> None:
    settings = configured()
    keys(settings)
    assert mode(settings.data) == 0o700
    assert {path.name: mode(path) for path in settings.data.iterdir()} == {
        KEPT_IN: 0o600,
        "hosanna.db": 0o600,
    }


def test_a_secret_that_is_given_is_not_kept(configured: Configured) -> None:
    settings = configured(jwt_secret=OLD)
    keys(settings)
    assert not (settings.data / KEPT_IN).exists()
    assert not any(b"o" * 40 in path.read_bytes() for path in settings.data.iterdir())


def test_the_stores_secret_is_kept_wrapped(configured: Configured) -> None:
    settings = configured(jwt_secret=OLD)
    with open_system(settings) as system:
        held = system.ports.store.keystore.wrapped()
    assert held is not None
    assert len(held) == 40


def test_another_secret_is_refused_and_told_what_to_do(configured: Configured) -> None:
    keys(configured(jwt_secret=OLD))
    with pytest.raises(CannotStart, match="JWT_SECRET_PREVIOUS"):
        open_system(configured(jwt_secret=NEW))


def test_a_rotation_keeps_the_keys_and_then_needs_the_old_secret_no_more(configured: Configured) -> None:
    before = keys(configured(jwt_secret=OLD))
    assert keys(configured(jwt_secret=NEW, jwt_secret_previous=OLD)) == before
    assert keys(configured(jwt_secret=NEW, jwt_secret_previous=OLD)) == before
    assert keys(configured(jwt_secret=NEW)) == before
    with pytest.raises(CannotStart):
        open_system(configured(jwt_secret=OLD))


def test_a_rotation_from_a_third_secret_is_refused(configured: Configured) -> None:
    keys(configured(jwt_secret=SecretStr("t" * 40)))
    with pytest.raises(CannotStart, match="yet another"):
        open_system(configured(jwt_secret=NEW, jwt_secret_previous=OLD))


def test_a_damaged_secret_is_not_replaced(configured: Configured) -> None:
    settings = configured()
    keys(settings)
    (settings.data / KEPT_IN).write_text("short\n")
    with pytest.raises(CannotStart, match="damaged"):
        open_system(settings)
    assert (settings.data / KEPT_IN).read_text() == "short\n"


def test_a_folder_that_cannot_be_made_is_named(configured: Configured, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match="HOSANNA_DATA"):
        open_system(configured(data=tmp_path / "file"))
    with pytest.raises(CannotStart, match="HOSANNA_DATA"):
        open_system(configured(data=tmp_path / "file" / "below"))


def test_a_file_that_is_no_store_is_named(configured: Configured) -> None:
    settings = configured(jwt_secret=OLD)
    settings.data.mkdir()
    (settings.data / "hosanna.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(CannotStart, match=r"hosanna\.db"):
        open_system(settings)


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("mongodb://localhost:1/x", "No MongoDB answers"),
        ("mongodb://ann:hush@local%host/x", "MONGODB_URI"),
        ("mongodb://ann:hush", "percent-encoded"),
    ],
)
def test_a_mongodb_that_cannot_be_used_is_said_without_its_password(
    configured: Configured, uri: str, says: str
) -> None:
    with pytest.raises(CannotStart, match=says) as refusal:
        open_system(configured(jwt_secret=OLD, mongodb_uri=SecretStr(uri)))
    assert "hush" not in str(refusal.value)


def test_a_mongodb_that_a_newer_hosanna_prepared_is_refused(
    configured: Configured, wire_database: Database[dict[str, Any]], wire_uri: str
) -> None:
    wire_database["meta"].insert_one({"_id": "schema", "version": 99})
    uri = SecretStr(f"{wire_uri.partition('?')[0].rstrip('/')}/{wire_database.name}")
    with pytest.raises(CannotStart, match=f"schema version 99, this Hosanna knows {schema.VERSION} at most"):
        open_system(configured(jwt_secret=OLD, mongodb_uri=uri))


def test_memory_leaves_nothing_behind(configured: Configured) -> None:
    settings = configured()
    with open_system(settings, memory=True) as system:
        assert install_first(system) is not None
    assert not settings.data.exists()


def test_a_first_administrator_is_made_up_once_in_development(configured: Configured) -> None:
    with open_system(configured()) as system:
        installed = install_first(system)
        assert installed is not None
        assert installed.email == DEVELOPMENT_EMAIL
        user = system.ports.store.users.by_email(installed.email)
        assert user is not None
        assert (user.role, user.active) == (Role.ADMINISTRATOR, True)
        assert system.ports.passwords.verify(user.password_hash, installed.password or "")
        assert install_first(system) is None


def test_nobody_is_made_up_in_production(configured: Configured) -> None:
    with open_system(configured(env=Environment.PRODUCTION, jwt_secret=OLD)) as system:
        assert install_first(system) is None
        assert oldest_administrator(system.ports) is None


def test_whoever_is_named_becomes_the_first_administrator(configured: Configured) -> None:
    named = {
        "bootstrap_admin_email": "ann@example.com",
        "bootstrap_admin_password": SecretStr("a first password"),
    }
    with open_system(configured(env=Environment.PRODUCTION, jwt_secret=OLD, **named)) as system:
        installed = install_first(system)
        assert installed is not None
        assert (installed.email, installed.password) == ("ann@example.com", None)


@pytest.mark.parametrize(
    ("env", "url", "encryption"),
    [
        (Environment.PRODUCTION, "smtp://mail.example.com:25", Encryption.DEMANDED),
        (Environment.PRODUCTION, "smtps://mail.example.com", Encryption.FROM_THE_START),
        (Environment.DEVELOPMENT, "smtp://mail.example.com:25", Encryption.WHERE_IT_MATTERS),
        (Environment.DEVELOPMENT, "smtps://mail.example.com", Encryption.FROM_THE_START),
    ],
)
def test_in_production_no_letter_goes_to_a_mail_server_that_shows_no_certificate(
    configured: Configured, env: Environment, url: str, encryption: Encryption
) -> None:
    with ExitStack() as opened:
        settings = configured(env=env, mail_url=SecretStr(url), mail_from="hosanna@example.com")
        mailer = open_mailer(settings, opened)
        assert isinstance(mailer, SmtpMailer)
        assert mailer._server.encryption is encryption


def test_devices_are_reached_under_one_key_of_the_store_and_only_where_somebody_may_be_asked(
    configured: Configured,
) -> None:
    with open_system(configured()) as system:
        assert system.ports.pusher.public_key is None
    settings = configured(push_contact="mailto:ops@example.com")
    found = []
    for _ in range(2):
        with open_system(settings) as system:
            found.append(system.ports.pusher.public_key)
    with open_system(settings, memory=True) as system:
        other = system.ports.pusher.public_key
    assert found[0] is not None
    assert found[0] == found[1] != other


def test_without_its_package_nothing_is_pushed_and_the_start_says_what_to_install(
    configured: Configured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "webpush", None)
    monkeypatch.delitem(sys.modules, "hosanna_adapters.webpush.pusher", raising=False)
    monkeypatch.delitem(sys.modules, "hosanna_adapters.webpush.vapid", raising=False)
    with open_system(configured(), memory=True) as system:
        assert system.ports.pusher.public_key is None
    with pytest.raises(CannotStart, match=r"pip install 'hosanna\[push\]'"):
        open_system(configured(push_contact="mailto:ops@example.com"), memory=True)


@pytest.mark.parametrize("rate_limit", ["on", "off"])
def test_without_its_driver_no_redis_is_used_and_the_start_says_what_to_install(
    configured: Configured, monkeypatch: pytest.MonkeyPatch, rate_limit: str
) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    for name in [
        name
        for name in sys.modules
        if name.startswith(("hosanna_adapters.redis", "hosanna_adapters.limits.redis"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(CannotStart, match=r"pip install 'hosanna\[redis\]'"):
        open_system(
            configured(redis_url=SecretStr("redis://127.0.0.1:1/0"), rate_limit=rate_limit), memory=True
        )


def test_of_many_who_start_at_once_one_makes_the_first_administrator(configured: Configured) -> None:
    with open_system(configured(), memory=True) as system, ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: install_first(system), range(8)))
    assert len([installed for installed in made if installed is not None]) == 1


def test_a_store_on_mongodb_is_opened_and_its_secret_kept_there(
    configured: Configured, wire_database: Database[dict[str, Any]], wire_uri: str
) -> None:
    uri = SecretStr(f"{wire_uri.partition('?')[0].rstrip('/')}/{wire_database.name}")
    settings = configured(jwt_secret=OLD, mongodb_uri=uri)
    with open_system(settings) as system:
        assert system.store == "MongoDB"
        assert install_first(system) is not None
    with open_system(settings) as again:
        assert again.ports.keys == system.ports.keys
        assert install_first(again) is None
    assert not settings.data.exists()
