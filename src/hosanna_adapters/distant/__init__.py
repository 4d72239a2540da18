"""What several processes share and each can do without: asked behind a deadline and a circuit breaker."""

from hosanna_adapters.distant.asking import A_STEP, PATIENCE, Distant, Opened

__all__ = ["A_STEP", "PATIENCE", "Distant", "Opened"]
