"""One tree of errors, drawn as it is."""

import re

from hosanna_core import errors
from hosanna_core.errors import HosannaError


def drawn():
    """(name, parent) of every line of the drawing."""
    above, found = [], set()
    for line in errors.__doc__.split("```")[1].strip().splitlines():
        name = re.search(r"[A-Za-z]+", line).group()
        depth = line.index(name) // 4
        found.add((name, above[depth - 1] if depth else None))
        above[depth:] = [name]
    return found


def grown():
    classes = {
        each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, HosannaError)
    }
    return {(each.__name__, None if each is HosannaError else each.__base__.__name__) for each in classes}


def test_the_drawing_of_the_tree_is_the_tree():
    assert drawn() == grown()


def test_every_error_has_a_code_of_its_own():
    codes = [getattr(errors, name).code for name, _ in grown() if name != "HardRuleBroken"]
    assert len(set(codes)) == len(codes)


def test_absent_and_hidden_are_told_in_the_same_words():
    assert str(errors.NotFound()) == str(errors.NotFound()) == "There is nothing here that you may see."
