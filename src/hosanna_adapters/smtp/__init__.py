"""Letters carried by SMTP."""

from hosanna_adapters.smtp.delivery import Encryption
from hosanna_adapters.smtp.mailer import SmtpMailer

__all__ = ["Encryption", "SmtpMailer"]
