"""The passwords that everybody tries first, from the list that zxcvbn brings."""

from hosanna_adapters.zxcvbn.common_passwords import common_passwords

__all__ = ["common_passwords"]
