"""The passwords that everybody tries first, from the list that zxcvbn brings."""

from hosanna_adapters.zxcvbn.common_passwords import CommonPasswords, common_passwords

__all__ = ["CommonPasswords", "common_passwords"]
