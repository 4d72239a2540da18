"""What is handed out: the source distribution holds the house, and nothing that lies beside it in a clone."""

from pathlib import Path

from hatchling.builders.sdist import SdistBuilder

HOUSE = Path(__file__).resolve().parents[2]
BESIDE = (
    "hosanna-data/jwt-secret",
    "year/hosanna.db",
    "deploy/hosanna.env",
    ".env",
    "permits.csv",
    "ann.json",
)


def packed(root: Path) -> set[str]:
    return {file.relative_path for file in SdistBuilder(str(root)).recurse_included_files()}


def test_the_source_distribution_holds_no_store_and_no_secret_of_whoever_builds_it(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "README.md", "src/hosanna_core/__init__.py", *BESIDE):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((HOUSE / name).read_bytes() if name not in BESIDE else b"hush")
    assert packed(tmp_path) == {"README.md", "src/hosanna_core/__init__.py"}


def test_the_source_distribution_holds_what_the_readme_and_its_commands_need() -> None:
    held = packed(HOUSE)
    assert {"LICENSE", "Makefile", "SECURITY.md", "constraints.txt", "mkdocs.yml", "docs/index.md"} <= held
    assert {name.partition("/")[0] for name in held} >= {"bench", "deploy", "examples", "src", "tests"}
