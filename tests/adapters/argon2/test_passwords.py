"""Hashing passwords."""

import pytest

from hosanna_adapters.argon2 import Argon2Passwords

PASSWORDS = Argon2Passwords()
DEARER = Argon2Passwords(memory_kib=20 * 1024, passes=3)
AT_THE_MINIMUM = "$argon2id$v=19$m=19456,t=2,p=1$"


def test_the_password_fits_its_hash_and_no_other_does() -> None:
    kept = PASSWORDS.hash("correct horse")
    assert PASSWORDS.verify(kept, "correct horse")
    assert not PASSWORDS.verify(kept, "correct horsE")
    assert not PASSWORDS.verify(kept, "")


def test_one_password_is_hashed_differently_each_time() -> None:
    assert PASSWORDS.hash("correct horse") != PASSWORDS.hash("correct horse")


def test_the_hash_says_what_it_cost_and_that_is_the_minimum_of_owasp() -> None:
    assert PASSWORDS.hash("correct horse").startswith(AT_THE_MINIMUM)


def test_the_decoy_costs_the_same_and_no_password_fits_it() -> None:
    decoy = PASSWORDS.decoy()
    assert decoy.startswith(AT_THE_MINIMUM)
    assert [len(part) for part in decoy.split("$")] == [len(p) for p in PASSWORDS.hash("x").split("$")]
    assert not PASSWORDS.verify(decoy, "correct horse")


def test_two_spellings_that_look_alike_are_one_password() -> None:
    assert PASSWORDS.verify(PASSWORDS.hash("caf\u00e9"), "cafe\u0301")


def test_letters_that_only_resemble_each_other_stay_apart() -> None:
    assert not PASSWORDS.verify(PASSWORDS.hash("\uff41bc"), "abc")


@pytest.mark.parametrize("password", ["", "\x00", "\ud800", "pass\x00word", "x" * 100_000], ids=ascii)
def test_any_text_can_be_hashed_whole(password: str) -> None:
    kept = PASSWORDS.hash(password)
    assert PASSWORDS.verify(kept, password)
    assert not PASSWORDS.verify(kept, password + "x")


def test_a_hash_of_another_cost_is_outdated_but_still_fits_its_password() -> None:
    kept = PASSWORDS.hash("correct horse")
    assert DEARER.outdated(kept)
    assert DEARER.verify(kept, "correct horse")
    assert PASSWORDS.outdated(DEARER.hash("correct horse")), "cheaper again counts, too"


def test_a_hash_and_a_decoy_of_the_present_cost_are_not_outdated() -> None:
    assert not PASSWORDS.outdated(PASSWORDS.hash("correct horse"))
    assert not DEARER.outdated(DEARER.hash("correct horse"))
    assert not DEARER.outdated(DEARER.decoy())


def test_a_hash_that_another_machine_of_argon2_made_is_outdated() -> None:
    assert PASSWORDS.outdated(PASSWORDS.hash("x").replace("$argon2id$", "$argon2i$"))


@pytest.mark.parametrize(
    "garbage",
    ["", "x", "$argon2id$", "é", "\ud800", "\x00", "$argon2id$v=19$m=a,t=2,p=1$eA$eA", "$2b$12$" + "a" * 53],
    ids=ascii,
)
def test_a_hash_that_cannot_be_read_is_not_outdated_for_no_login_can_put_it_right(garbage: str) -> None:
    assert PASSWORDS.outdated(garbage) is False


@pytest.mark.parametrize(
    "garbage",
    ["", "x", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$$", "é", "\ud800", "\x00", "$2b$12$" + "a" * 53],
    ids=ascii,
)
def test_a_hash_that_cannot_be_read_fits_nothing(garbage: str) -> None:
    assert PASSWORDS.verify(garbage, "correct horse") is False
