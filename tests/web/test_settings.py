"""The environment, judged at the start."""

from pathlib import Path

import pytest
from tests.web.surroundings import KEY, LONG_ENOUGH, OURS, REAL, loaded, mistakes, nothing_set

from hosanna_core.model.ids import DAY, MINUTE
from hosanna_core.model.people import Role
from hosanna_core.model.travel import Leg, Point
from hosanna_core.usecases.access import Registration
from hosanna_web.composition import open_system
from hosanna_web.settings import Misconfigured, Settings, load_settings
from hosanna_web.variables import Environment

__all__ = ["nothing_set"]

pytestmark = pytest.mark.usefixtures("nothing_set")


def test_nothing_needs_to_be_set() -> None:
    settings = load_settings()
    assert settings.env is Environment.DEVELOPMENT
    assert settings.mongodb_uri is None
    assert settings.data == Path("hosanna-data")
    assert settings.jwt_secret is None
    assert (settings.host, settings.port) == ("127.0.0.1", 5000)
    assert settings.cors_origins == ()
    assert settings.registration is Registration.APPROVAL
    assert settings.policy.access_lifetime == 15 * MINUTE
    assert (settings.policy.idle, settings.policy.absolute) == (14 * DAY, 90 * DAY)
    assert settings.policy.second_factor_roles == frozenset()
    assert settings.policy.reset_link == "http://127.0.0.1:5000/password/reset"
    assert settings.jwt_algorithm == "HS256"
    assert settings.trusted_proxies == ()
    assert settings.rate_limit == "on"
    assert settings.mail == "file:hosanna-data/mail"
    assert settings.push_contact is None
    assert settings.ring == ()


def test_one_message_names_every_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    found = mistakes(
        monkeypatch,
        HOSANNA_ENV="staging",
        MONGODB_URI="postgres://db",
        JWT_SECRET="short",
        JWT_SECRET_PREVIOUS="shorter",
        PORT="65536",
        HOSANNA_HOST="  ",
        CORS_ORIGIN="https://ok.example,*",
        REGISTRATION="maybe",
        ACCESS_TOKEN_MINUTES="1441",
        BOOTSTRAP_ADMIN_EMAIL="nobody",
        BOOTSTRAP_ADMIN_PASSWORD="1234567",
        ALLOWED_HOSTS="https://a.example",
        HOSANNA_ENCRYPTION_KEYS="a:b",
        JWT_ALGORITHM="none",
        MAIL_FROM="nobody",
        MAIL_URL="mail.example.com",
        PASSWORD_RESET_URL="/reset",
        PUBLIC_URL="hosanna.example.com",
        PUSH_CONTACT="ops@example.com",
        RATE_LIMIT="maybe",
        REDIS_URL="localhost:6379",
        SECOND_FACTOR_ROLES="BOSS",
        SESSION_DAYS="0",
        SESSION_IDLE_DAYS="x",
        TLS_KEY_FILE="key.pem",
        TRAVEL_ROAD_FACTOR="0.9",
        TRAVEL_SPEED_KMH="fast",
        TRUSTED_PROXIES="proxy.example.com",
    )
    assert set(found) == OURS - {"HOSANNA_DATA", "NODE_ENV", "TLS_CERT_FILE"}


@pytest.mark.parametrize(
    ("name", "wrong", "message"),
    [
        ("TRAVEL_SPEED_KMH", "0.5", "must be greater than or equal to 1"),
        ("TRAVEL_SPEED_KMH", "201", "must be less than or equal to 200"),
        ("TRAVEL_SPEED_KMH", "fast", "must be a number"),
        ("TRAVEL_ROAD_FACTOR", "nan", "must be"),
        ("TRAVEL_ROAD_FACTOR", "inf", "must be less than or equal to 5"),
    ],
)
def test_a_pace_that_nobody_travels_at_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, wrong: str, message: str
) -> None:
    assert mistakes(monkeypatch, **{name: wrong})[name].startswith(message)


def test_the_travel_pace_is_what_ways_are_made_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # A degree of latitude is 111.195 km by the mean radius.
    south, north = Point(0, 0), Point(1, 0)
    for speed, factor, leg in (
        (None, None, Leg(13_010, 144_554)),
        ("100", "1", Leg(4_003, 111_195)),
        ("27.5", "1.25", Leg(18_196, 138_994)),
    ):
        given = {"TRAVEL_SPEED_KMH": speed, "TRAVEL_ROAD_FACTOR": factor, "HOSANNA_DATA": str(tmp_path)}
        settings = loaded(monkeypatch, **{name: value for name, value in given.items() if value})
        with open_system(settings, memory=True) as system:
            assert system.ports.travel.legs([south], [north]) == [[leg]]


def test_an_empty_variable_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Settings()
    assert loaded(monkeypatch, **dict.fromkeys(OURS, "")) == nothing


def test_hosanna_env_wins_over_node_env(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not loaded(monkeypatch, HOSANNA_ENV="development", NODE_ENV="production").production


@pytest.mark.parametrize("name", ["HOSANNA_ENV", "NODE_ENV"])
def test_either_name_makes_it_production(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    rest = {each: value for each, value in REAL.items() if each != "HOSANNA_ENV"}
    assert loaded(monkeypatch, **rest, **{name: "production"}).production


def test_an_empty_hosanna_env_leaves_the_word_to_node_env(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loaded(monkeypatch, **{**REAL, "HOSANNA_ENV": ""}, NODE_ENV="production").production


def test_a_mistake_is_reported_under_the_name_that_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(mistakes(monkeypatch, NODE_ENV="test")) == {"NODE_ENV"}


def test_links_begin_with_the_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, PUBLIC_URL="HTTPS://Hosanna.Example.com/firm/")
    assert settings.policy.reset_link == "https://hosanna.example.com/firm/password/reset"
    assert loaded(monkeypatch, PASSWORD_RESET_URL="https://app.example.com/new").reset_url == (
        "https://app.example.com/new"
    )


def test_the_hosts_that_are_allowed_follow_from_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    local = ("localhost", "*.localhost", "127.0.0.1", "[::1]")
    assert load_settings().hosts == ("127.0.0.1", "localhost", "*.localhost", "[::1]")
    assert loaded(monkeypatch, HOSANNA_HOST="0.0.0.0").hosts is None
    real = loaded(monkeypatch, **REAL)
    assert real.hosts == ("hosanna.example.com", *local)
    assert loaded(monkeypatch, HOSANNA_HOST="fd00::1").hosts == ("hosanna.example.com", "[fd00::1]", *local)
    listed = loaded(monkeypatch, ALLOWED_HOSTS="A.example, *.b.example,::1")
    assert listed.hosts == ("a.example", "*.b.example", "[::1]")


@pytest.mark.parametrize("host", ["*", "a.example:80", "https://a.example", "a b", "*.*.example"])
def test_what_no_host_header_says_is_a_mistake(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    assert host in mistakes(monkeypatch, ALLOWED_HOSTS=host)["ALLOWED_HOSTS"]


@pytest.mark.parametrize("proxies", ["0.0.0.0/0", "::/0", "10.0.0.1/8", "proxy", "10.0.0.1;10.0.0.2"])
def test_a_proxy_is_an_address_or_a_network_and_never_everybody(
    monkeypatch: pytest.MonkeyPatch, proxies: str
) -> None:
    assert proxies in mistakes(monkeypatch, TRUSTED_PROXIES=proxies)["TRUSTED_PROXIES"]


def test_a_session_is_not_over_before_it_is_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(mistakes(monkeypatch, SESSION_DAYS="7", SESSION_IDLE_DAYS="8")) == {"SESSION_DAYS"}


def test_roles_are_listed_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = loaded(monkeypatch, SECOND_FACTOR_ROLES="ADMINISTRATOR, office_manager")
    assert listed.policy.second_factor_roles == {Role.ADMINISTRATOR, Role.OFFICE_MANAGER}


def test_the_first_key_of_the_ring_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = loaded(monkeypatch, HOSANNA_ENCRYPTION_KEYS=f"new:{KEY}, old:{KEY}").ring
    assert ring == (("new", bytes(range(32))), ("old", bytes(range(32))))


@pytest.mark.parametrize(
    "keys", [KEY, f"a:{KEY},a:{KEY}", "a:" + KEY[:-4], f"a b:{KEY}", f"{'a' * 17}:{KEY}", "a:*"]
)
def test_a_key_has_a_name_of_its_own_and_32_bytes(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    found = mistakes(monkeypatch, HOSANNA_ENCRYPTION_KEYS=keys)
    assert set(found) == {"HOSANNA_ENCRYPTION_KEYS"}
    assert KEY[:-4] not in found["HOSANNA_ENCRYPTION_KEYS"]


def test_a_secret_is_measured_in_bytes_not_in_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loaded(monkeypatch, JWT_SECRET="é" * 16).jwt_secret is not None


def test_a_secret_that_is_no_utf_8_is_a_mistake_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(mistakes(monkeypatch, JWT_SECRET=LONG_ENOUGH + "\udcff")) == {"JWT_SECRET"}


@pytest.mark.parametrize(
    "half",
    [{"BOOTSTRAP_ADMIN_EMAIL": "ann@example.com"}, {"BOOTSTRAP_ADMIN_PASSWORD": "12345678"}],
    ids=lambda half: next(iter(half)),
)
def test_the_first_administrator_is_given_whole_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, half: dict[str, str]
) -> None:
    assert set(mistakes(monkeypatch, **half)) == {"BOOTSTRAP_ADMIN_PASSWORD"}


def test_no_message_and_no_repr_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Misconfigured) as refusal:
        loaded(
            monkeypatch,
            JWT_SECRET="hush-1",
            BOOTSTRAP_ADMIN_PASSWORD="hush-2",
            MONGODB_URI="mongo:hush-3",
            REDIS_URL="hush-4",
            MAIL_URL="hush-5",
            HOSANNA_ENCRYPTION_KEYS="a:hush-6",
            PORT="no",
        )
    assert "hush" not in str(refusal.value)
    settings = loaded(
        monkeypatch,
        JWT_SECRET="hush" * 8,
        BOOTSTRAP_ADMIN_EMAIL="ann@example.com",
        BOOTSTRAP_ADMIN_PASSWORD="hush" * 2,
        MONGODB_URI="mongodb://ann:hush@db",
        REDIS_URL="redis://:hush@db",
        MAIL_URL="smtp://ann:hush@mail",
        HOSANNA_ENCRYPTION_KEYS=f"a:{KEY}",
        PORT="1",
    )
    assert "hush" not in repr(settings)
    assert KEY not in repr(settings)


def test_origins_are_listed_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = loaded(monkeypatch, CORS_ORIGIN="https://A.example/, http://localhost:3000,,").cors_origins
    assert listed == ("https://a.example", "http://localhost:3000")


@pytest.mark.parametrize("origin", ["*", "null", "office.example.com", "https://a.example/page", "ftp://a"])
def test_what_no_browser_sends_as_an_origin_is_a_mistake(
    monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    assert origin in mistakes(monkeypatch, CORS_ORIGIN=origin)["CORS_ORIGIN"]


@pytest.mark.parametrize("name", ["port", "env", "data", "Port"])
def test_only_the_exact_names_count(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert loaded(monkeypatch, **{name: "not one of ours"}) == Settings()


@pytest.mark.parametrize("contact", ["mailto:ops@example.com", "https://example.com/ops"])
def test_whom_push_services_may_ask_is_an_address_of_mail_or_of_the_web(
    monkeypatch: pytest.MonkeyPatch, contact: str
) -> None:
    assert loaded(monkeypatch, PUSH_CONTACT=contact).push_contact == contact


@pytest.mark.parametrize(
    "contact", ["ops@example.com", "mailto:", "mailto:ops", "http://example.com", "https://", "mailto:a@b\nc"]
)
def test_a_contact_that_is_none_is_a_mistake(monkeypatch: pytest.MonkeyPatch, contact: str) -> None:
    assert set(mistakes(monkeypatch, PUSH_CONTACT=contact)) == {"PUSH_CONTACT"}
