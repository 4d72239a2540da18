"""Merge patches (RFC 7396)."""

from __future__ import annotations

from typing import Any


def merge(target: Any, patch: Any) -> Any:
    """RFC 7396: null removes, objects merge, everything else replaces.

    >>> merge({"a": 1, "b": {"c": 2}}, {"a": None, "b": {"d": 3}})
    {'b': {'c': 2, 'd': 3}}
    """
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def merge_fields(fields: Any, patch: dict[str, Any], *, free: frozenset[str] = frozenset()) -> dict[str, Any]:
    """A patch merged into the fields of a form; null for what is no field stays, so that the form refuses it.

    *free* names the fields whose members have names of the user's own.

    >>> merge_fields({"a": 1, "b": {"c": 2}}, {"a": None, "b": {"d": None}, "e": None})
    {'b': {'c': 2, 'd': None}, 'e': None}
    """
    known = fields if isinstance(fields, dict) else {}
    merged: dict[str, Any] = merge(known, patch)
    for name, value in patch.items():
        if value is None and name not in known:
            merged[name] = None
        elif isinstance(value, dict) and name not in free:
            merged[name] = merge_fields(known.get(name), value)
    return merged
