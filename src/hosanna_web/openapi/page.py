"""A page that shows the OpenAPI document; all of its files come from here, none from the internet."""

from __future__ import annotations

from functools import cache
from typing import Final

from openapi_ui_bundles import swagger_ui

from hosanna_core.errors import NotFound
from hosanna_web.replies import Header, Reply

_KEPT: Final = b"public, max-age=3600"
_CSP: Final[Header] = (
    b"content-security-policy",
    (
        b"default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; "
        b"img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
)
_INDEX: Final = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hosanna API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="data:,">
</head>
<body>
<div id="page"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
# The validator would send the document to a server on the internet.
_START: Final = b"""SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#page",
  validatorUrl: null,
  persistAuthorization: false,
  tryItOutEnabled: true
});
"""
_START_NAME: Final = "start.js"
_BUNDLED: Final = {"swagger-ui.css": b"text/css", "swagger-ui-bundle.js": b"text/javascript"}


FILES: Final = (*_BUNDLED, _START_NAME)
"""All that `file` knows."""


def index() -> Reply:
    """The page itself."""
    return Reply(_INDEX, 200, (), b"text/html; charset=utf-8", _KEPT, _CSP)


def file(name: str) -> Reply:
    """A file of the page; raises NotFound."""
    if name == _START_NAME:
        return Reply(_START, 200, (), b"text/javascript", _KEPT)
    if name not in _BUNDLED:
        raise NotFound
    return Reply(_read(name), 200, (), _BUNDLED[name], _KEPT)


@cache
def _read(name: str) -> bytes:
    return (swagger_ui.static_path / name).read_bytes()
