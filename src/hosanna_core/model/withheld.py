"""How values that hold secrets show themselves, where somebody prints them after all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import msgspec


def withheld(value: msgspec.Struct, *names: str) -> str:
    """The representation of *value* without what its fields *names* hold: tracebacks and logs outlive the request.

    >>> from hosanna_core.model.mail import Mail
    >>> Mail(to="ann@example.com", subject="Your new password", text="https://x/#token=abc")
    Mail(to=..., subject='Your new password', text=...)
    """
    shown = (
        f"{name}={'...' if name in names else repr(getattr(value, name))}" for name in value.__struct_fields__
    )
    return f"{type(value).__name__}({', '.join(shown)})"
