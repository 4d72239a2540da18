"""What may be kept by whoever stands in between: the page about it lists all of it."""

import pytest
from tests.web.asgi import Ask
from tests.web.firm import Firm

from hosanna_web.api.table import OPERATIONS

KEPT = {"/docs", "/docs/{name}", "/password/reset", "/password/{name}", "/.well-known/jwks.json"}
# They do not end.
ENDLESS = {"/api/v1/stream", "/api/v1/events"}


@pytest.fixture(scope="module")
def firm() -> Firm:
    return Firm()


@pytest.mark.parametrize("path", sorted({each.path for each in OPERATIONS if each.method == "GET"} - ENDLESS))
def test_only_files_and_public_keys_may_be_kept(firm: Firm, path: str) -> None:
    target = path.replace("{name}", "start.js" if path.startswith("/docs") else "reset.js")
    target = target.replace("{id}", firm.ids["tess"])
    token = None if not path.startswith("/api/v1") else "admin"
    answer = firm.ask("GET", target, token, base="") if token is None else firm.ask("GET", target[7:], token)
    kept = answer.header("cache-control") or ""
    assert ("public" in kept) == (path in KEPT)
    assert ("no-store" in kept) == (path not in KEPT)


def test_an_error_is_kept_by_nobody(firm: Firm) -> None:
    for target in ("/docs/nothing", "/nowhere", "/api/v1/jobs"):
        assert firm.send(Ask("GET", target)).header("cache-control") == "no-store"
