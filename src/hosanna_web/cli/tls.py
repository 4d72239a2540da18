"""HTTPS from two files."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

from hosanna_web.data_folder import CannotStart

if TYPE_CHECKING:
    from pathlib import Path

_CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: forward secrecy and authenticated encryption, as all of TLS 1.3's have."""


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """What HTTPS is spoken with, TLS 1.2 at least; raises CannotStart where the files do not make it."""
    for name, path in (("TLS_CERT_FILE", certificate), ("TLS_KEY_FILE", key)):
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise CannotStart(f"{name}: {path} cannot be read: {error.strerror}.") from None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_alpn_protocols(["http/1.1"])
    try:
        # Without a password it would ask for one on the terminal.
        context.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        raise CannotStart(_reason(error, certificate, key)) from None
    return context


def _reason(error: ssl.SSLError, certificate: Path, key: Path) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"TLS_KEY_FILE: the key in {key} is not the one of the certificate in {certificate}."
    return (
        f"TLS_CERT_FILE and TLS_KEY_FILE: {certificate} and {key} do not hold a certificate and its private key in "
        "PEM, the key not encrypted."
    )
