"""The page on scale says which collections may be sharded: no unique index may stand against it."""

import re
from pathlib import Path

from hosanna_adapters.mongo import schema

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "scale-out.md"
ROW = re.compile(r"^\| `(\w+)` \| (\S+ ?\S*) \| (\S+) \|", re.MULTILINE)


def told() -> dict[str, tuple[str, str]]:
    return {name: (key, unique) for name, key, unique in ROW.findall(PAGE.read_text(encoding="utf-8"))}


def unique(collection: str) -> set[str]:
    models = [model.document for model in schema.indexes().get(collection, ())]
    return {model["name"] for model in models if model.get("unique")}


def test_every_collection_of_the_page_is_one_of_ours() -> None:
    assert told().keys() <= set(schema.COLLECTIONS)


def test_what_is_sharded_has_no_unique_index_but_that_of_its_key() -> None:
    sharded = {name for name, (key, _) in told().items() if key == "hashed `_id`"}
    assert len(sharded) == 10
    assert {name for name in sharded if unique(name)} == set()


def test_every_unique_index_is_named_and_its_collection_is_not_sharded() -> None:
    with_unique = {name: names for name in schema.COLLECTIONS if (names := unique(name))}
    page = told()
    for name, names in with_unique.items():
        assert page[name][0] == "never"
        assert {page[name][1].strip("`")} == names


def test_what_may_be_sharded_is_what_the_schema_says() -> None:
    words = (schema.__doc__ or "").partition("shard key,")[2].partition("may be sharded")[0]
    assert set(re.findall(r"`(\w+)`", words)) == {
        name for name, (key, _) in told().items() if key == "hashed `_id`"
    }


def test_bookings_are_written_into_one_document_that_is_not_sharded() -> None:
    assert told()[schema.CALENDARS][0] == "no"
