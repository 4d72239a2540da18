"""Keys and keyed hashes."""

import itertools

import msgspec
import pytest

from hosanna_core.model.customer import Customer
from hosanna_core.rules.keys import StoreKeys, customer_keys, derive, fingerprint, normal_email

KEY = b"k" * 32


def test_every_purpose_has_a_key_of_its_own_and_the_same_one_every_time():
    keys = [getattr(derive(b"s" * 32), purpose) for purpose in StoreKeys.__struct_fields__]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 32 for key in keys)
    assert derive(b"s" * 32) == derive(b"s" * 32) != derive(b"t" * 32)


@pytest.mark.parametrize("spelling", ["Ann@Example.com", " ann@example.com ", "ＡNN@example.com"])
def test_two_spellings_of_one_address_are_one_customer(spelling):
    assert customer_keys(Customer("A", None, spelling), KEY) == customer_keys(
        Customer("B", None, "ann@example.com"), KEY
    )
    assert normal_email(normal_email(spelling)) == normal_email(spelling)


@pytest.mark.parametrize(
    "spelling", ["+1 (512) 555-0100", "1 512 555 0100", "15125550100", "512.555.0100", "001 512 5550100"]
)
def test_two_spellings_of_one_telephone_number_are_one_customer(spelling):
    assert customer_keys(Customer("A", spelling), KEY) == customer_keys(Customer("B", "+1 512 555 0100"), KEY)


def test_a_customer_without_address_and_number_has_no_keys_and_an_extension_is_no_number():
    assert customer_keys(Customer("A"), KEY) == ()
    assert customer_keys(Customer("A", "12", None), KEY) == ()


def test_keys_tell_nothing_without_the_key_that_made_them():
    one = customer_keys(Customer("A", "15125550100", "ann@example.com"), KEY)
    other = customer_keys(Customer("A", "15125550100", "ann@example.com"), b"x" * 32)
    assert len(set(one + other)) == 4
    assert b"ann" not in msgspec.json.encode(one)


def test_the_parts_of_a_fingerprint_cannot_run_into_one_another():
    splits = [("abc",), ("a", "bc"), ("ab", "c"), ("", "abc"), ("abc", ""), ("a", "b", "c")]
    assert all(fingerprint(*one) != fingerprint(*other) for one, other in itertools.combinations(splits, 2))
    assert fingerprint("é") == fingerprint("é".encode())
