"""An environment of a test's own."""

import base64
import os
from pathlib import Path

import pytest

from hosanna_web.settings import Misconfigured, Settings, load_settings

LONG_ENOUGH = "0f2b8Kq-7dLxVw3ZsTt9mNc4RyHgJe6P"
OURS = {
    "ACCESS_TOKEN_MINUTES",
    "ALLOWED_HOSTS",
    "BOOTSTRAP_ADMIN_EMAIL",
    "BOOTSTRAP_ADMIN_PASSWORD",
    "CORS_ORIGIN",
    "HOSANNA_DATA",
    "HOSANNA_ENCRYPTION_KEYS",
    "HOSANNA_ENV",
    "HOSANNA_HOST",
    "JWT_ALGORITHM",
    "JWT_SECRET",
    "JWT_SECRET_PREVIOUS",
    "MAIL_FROM",
    "MAIL_URL",
    "MONGODB_URI",
    "NODE_ENV",
    "PASSWORD_RESET_URL",
    "PORT",
    "PUBLIC_URL",
    "PUSH_CONTACT",
    "RATE_LIMIT",
    "REDIS_URL",
    "REGISTRATION",
    "SECOND_FACTOR_ROLES",
    "SESSION_DAYS",
    "SESSION_IDLE_DAYS",
    "TLS_CERT_FILE",
    "TLS_KEY_FILE",
    "TRAVEL_ROAD_FACTOR",
    "TRAVEL_SPEED_KMH",
    "TRUSTED_PROXIES",
}
DEBUG = {"LITESTAR_DEBUG", "PYTHONASYNCIODEBUG"}
REAL = {
    "HOSANNA_ENV": "production",
    "JWT_SECRET": LONG_ENOUGH,
    "PUBLIC_URL": "https://hosanna.example.com",
    "TRUSTED_PROXIES": "10.0.0.1",
}
HOUSE = Path(__file__).resolve().parents[2]
KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of ours is in the environment."""
    for name in (OURS | DEBUG) & os.environ.keys():
        monkeypatch.delenv(name)


def loaded(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    """The settings of that environment."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def mistakes(monkeypatch: pytest.MonkeyPatch, **environment: str) -> dict[str, str]:
    """What is wrong with that environment, by variable."""
    with pytest.raises(Misconfigured) as refusal:
        loaded(monkeypatch, **environment)
    assert all(
        name in str(refusal.value) and what in str(refusal.value) for name, what in refusal.value.mistakes
    )
    return dict(refusal.value.mistakes)
