"""A letter as it goes over the wire."""

from __future__ import annotations

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime, make_msgid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hosanna_core.model.mail import Mail


def letter_of(mail: Mail, sender: str) -> EmailMessage:
    r"""The letter with its headers.

    Raises ValueError where an address is not exactly one, or a header would not stay one line.

    >>> from hosanna_core.model.mail import Mail
    >>> letter_of(Mail(to="a@b.org\r\nBcc: c@d.org", subject="s", text="t"), "x@y.org")
    Traceback (most recent call last):
    ValueError: not an address
    """
    letter = EmailMessage(policy=SMTP)
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
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError, MessageError):
        raise ValueError("not an address") from None
    if not (address.username and address.domain):
        raise ValueError("not an address")
    return address
