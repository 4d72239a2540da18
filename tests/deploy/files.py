"""The files that are deployed, as data."""

from pathlib import Path
from typing import Any

import yaml

HOUSE = Path(__file__).resolve().parents[2]
DEPLOY = HOUSE / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))


def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def manifest(name: str) -> Any:
    return yaml.safe_load((DEPLOY / "kubernetes" / f"{name}.yaml").read_text(encoding="utf-8"))


def seconds(text: str) -> int:
    assert text.endswith("s")
    return int(text[:-1])
