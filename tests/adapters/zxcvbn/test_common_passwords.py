"""The passwords that everybody tries first."""

import subprocess
import sys

import pytest

from hosanna_adapters.zxcvbn import common_passwords


@pytest.mark.parametrize("password", ["password1", "12345678", "qwertyuiop"])
def test_what_everybody_tries_first_is_in_it(password: str) -> None:
    assert password in common_passwords()


def test_four_words_that_nobody_strings_together_are_not() -> None:
    assert "correct horse battery staple" not in common_passwords()


def test_it_has_more_than_ten_thousand_each_long_enough_to_be_accepted_otherwise() -> None:
    assert len(common_passwords()) == 11_611
    assert all(len(word) >= 8 and word == word.lower() for word in common_passwords())


def test_it_is_read_once() -> None:
    assert common_passwords() is common_passwords()


def test_the_list_is_not_read_before_it_is_asked_for() -> None:
    asked = "import sys, hosanna_adapters.zxcvbn; sys.exit('zxcvbn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], timeout=60, check=False).returncode == 0
