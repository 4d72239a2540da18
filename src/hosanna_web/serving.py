"""What a running system tells the application about itself, whoever serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hosanna_web.app import WebSettings

if TYPE_CHECKING:
    from hosanna_web.composition import System


def web_settings(system: System) -> WebSettings:
    """The settings of the web, from the configuration and from what the store is."""
    settings = system.settings
    return WebSettings(
        registration=settings.registration,
        cors_origins=settings.cors_origins,
        own_origin=settings.origin,
        allowed_hosts=settings.hosts,
        trusted_proxies=settings.trusted_proxies,
        https_required=settings.production,
        threads=system.threads,
        near=system.near,
        public_keys=tuple(system.public_keys),
        metrics_token=None if settings.metrics_token is None else settings.metrics_token.get_secret_value(),
        tracing=system.tracing,
        backup_every=settings.backup_every if system.durable else 0,
    )
