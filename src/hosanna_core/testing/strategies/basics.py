"""Identifiers, instants, text, and the small values that larger ones are made of."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from hosanna_core.model.customer import Customer, Site
from hosanna_core.model.ids import DAY, MINUTE, Id, Millis
from hosanna_core.model.people import Actor, Role
from hosanna_core.model.place import Place
from hosanna_core.model.schedule import Window
from hosanna_core.model.status import Priority, Standing
from hosanna_core.rules.keys import normal_email
from hosanna_core.testing.samples import START, TRADE_WORDS

_ID_BITS = 128


def ids() -> st.SearchStrategy[Id]:
    """UUIDs of version 7."""
    return st.integers(0, 2**_ID_BITS - 1).map(_id_text)


def _id_text(number: int) -> Id:
    digits = f"{number:032x}"
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-7{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def instants(earliest: Millis = START, latest: Millis = START + 730 * DAY) -> st.SearchStrategy[Millis]:
    """Instants, within two years unless told otherwise; many on a whole minute."""
    minutes = st.integers(-(-earliest // MINUTE), latest // MINUTE).map(lambda minute: minute * MINUTE)
    return minutes | st.integers(earliest, latest)


def texts(longest: int = 200) -> st.SearchStrategy[str]:
    """Trimmed text as the forms let it through: of any script, never blank, without control characters."""
    letters = st.characters(exclude_categories=("Cc", "Cs"))
    trade = st.lists(st.sampled_from(TRADE_WORDS), min_size=1, max_size=4).map(" ".join)
    return (trade | st.text(letters, min_size=1, max_size=min(longest, 40))).map(str.strip).filter(bool)


def emails() -> st.SearchStrategy[str]:
    """Normalised addresses."""
    name = st.text("abcdefghijklmnopqrstuvwxyz0123456789.+_", min_size=1, max_size=20)
    return name.map(lambda local: normal_email(f"{local}@example.com"))


def phones() -> st.SearchStrategy[str]:
    """Telephone numbers as people write them."""
    return st.from_regex(r"\+?[0-9][0-9 ()-]{3,20}[0-9]", fullmatch=True).map(str.strip)


def customers() -> st.SearchStrategy[Customer]:
    """Who orders."""
    return st.builds(Customer, texts(), st.none() | phones(), st.none() | emails())


def sites() -> st.SearchStrategy[Site]:
    """Where; with both coordinates or none."""
    degrees = st.tuples(st.floats(-90, 90), st.floats(-180, 180)) | st.just((None, None))
    return st.builds(
        lambda street, city, code, at: Site(street, city, code, *at),
        texts(), st.none() | texts(100), st.none() | texts(20), degrees,
    )  # fmt: skip


def windows(shortest: int = 1) -> st.SearchStrategy[Window]:
    """Stretches of time of at least *shortest* minutes."""
    lengths = st.integers(shortest, max(shortest, 8 * 60))
    return st.builds(lambda start, minutes: Window(start, start + minutes * MINUTE), instants(), lengths)


def priorities() -> st.SearchStrategy[Priority]:
    """Any priority."""
    return st.sampled_from(Priority)


def standings() -> st.SearchStrategy[Standing]:
    """Any standing."""
    return st.sampled_from(Standing)


def places() -> st.SearchStrategy[Place]:
    """Where a job may stand."""
    return st.builds(Place, standings(), st.none() | ids())


def json_values() -> st.SearchStrategy[Any]:
    """Plain JSON values that every store keeps as they are."""
    letters = st.characters(exclude_categories=("Cc", "Cs"))
    words = st.text(letters, max_size=12)
    leaves = (
        st.none()
        | st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.floats(allow_nan=False, allow_infinity=False)
    )
    return st.recursive(
        leaves | words,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
        max_leaves=6,
    )


def roles() -> st.SearchStrategy[Role]:
    """Any role."""
    return st.sampled_from(Role)


def actors() -> st.SearchStrategy[Actor]:
    """Whoever acts."""
    return st.builds(Actor, ids(), roles())
