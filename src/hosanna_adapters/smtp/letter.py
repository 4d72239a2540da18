"""A letter as it goes over the wire."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime, make_msgid
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hosanna_core.model.mail import Mail

_ONE_ADDRESS: Final = re.compile(r"""[^\s@,;:<>()\[\]\\"]+@[^\s@,;:<>()\[\]\\"]+""")
"""Nothing that a header would quote or take for a list; the rest is the server's to judge."""


def letter_of(mail: Mail, sender: str) -> EmailMessage:
    r"""The letter with its headers.

    Raises ValueError where an address is not exactly one, or a header would not stay one line.

    >>> from hosanna_core.model.mail import Mail
    >>> letter_of(Mail(to="a@b.org\r\nBcc: c@d.org", subject="s", text="t"), "x@y.org")
    Traceback (most recent call last):
    ValueError: not an address
    """
    # Addresses beyond ASCII need a server that takes them; everything else goes to any.
    beyond = not (mail.to.isascii() and sender.isascii())
    letter = EmailMessage(policy=SMTP.clone(cte_type="7bit", utf8=beyond))
    letter["From"] = _address(sender)
    letter["To"] = _address(mail.to)
    letter["Subject"] = mail.subject
    letter["Date"] = localtime()
    letter["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    # Nobody's holiday notice shall answer it.
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(mail.text)
    return letter


def _address(text: str) -> Address:
    if _ONE_ADDRESS.fullmatch(text) is None or not text.isprintable():
        raise ValueError("not an address")
    user, _, domain = text.partition("@")
    return Address(username=user, domain=domain)
