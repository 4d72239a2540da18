"""What is noted of every request once its answer is ready: the figures, and a line in the log."""

from __future__ import annotations

import logging
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from hosanna_core.errors import HosannaError
from hosanna_web.measuring import DONE, method_told
from hosanna_web.problems import status_of

if TYPE_CHECKING:
    from hosanna_web.errands import Errand
    from hosanna_web.measuring import Measures

ACCESS: Final = "hosanna.access"
"""The logger of requests: one line each, at INFO."""
_TRANSITION: Final = "transition_job"
_UNFORESEEN: Final = "internal_error"
_access = logging.getLogger(ACCESS)


def note(measures: Measures, errand: Errand, status: int, refusal: Exception | None) -> None:
    """Count a request that is answered with *status*, or refused with *refusal*, and log it where that is wanted."""
    seconds = perf_counter() - errand.began
    operation = errand.operation
    measures.answered(operation, errand.arrival.method, status, seconds)
    code = None if refusal is None else code_of(refusal)
    if code is not None:
        measures.refused(code)
    errand.traced(status, code)
    if operation is not None and operation.name == _TRANSITION:
        measures.moved(errand.path["action"], code or DONE)
    if _access.isEnabledFor(logging.INFO):
        # The template, never the path: addresses may hold secrets, and ids do not belong into every line.
        _access.info("request", extra=_told(errand.arrival.method, status, seconds, code))


def note_move(measures: Measures, action: str, outcome: object) -> None:
    """Count a transition that came with others in one request; an error among the outcomes is why it was not made."""
    measures.moved(action, code_of(outcome) if isinstance(outcome, Exception) else DONE)


def note_handshake(measures: Measures, began: float, refusal: Exception | None) -> None:
    """Count and log a WebSocket that was opened, or refused."""
    seconds = perf_counter() - began
    code, status = None, HTTPStatus.SWITCHING_PROTOCOLS
    if refusal is not None:
        known = status_of(type(refusal)) if isinstance(refusal, HosannaError) else None
        code, status = code_of(refusal), known or HTTPStatus.INTERNAL_SERVER_ERROR
        measures.refused(code)
    measures.shaken(code or DONE)
    if _access.isEnabledFor(logging.INFO):
        _access.info("handshake", extra=_told("GET", status, seconds, code))


def code_of(error: Exception) -> str:
    """The code that an error is answered with.

    >>> code_of(ZeroDivisionError())
    'internal_error'
    """
    known = isinstance(error, HosannaError) and status_of(type(error)) is not None
    return error.code if known and isinstance(error, HosannaError) else _UNFORESEEN


def _told(method: str, status: int, seconds: float, code: str | None) -> dict[str, Any]:
    return {
        "method": method_told(method),
        "status": int(status),
        "duration_ms": round(seconds * 1000, 3),
        "code": code,
    }
