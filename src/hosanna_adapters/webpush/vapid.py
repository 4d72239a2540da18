"""Who we are to the push services (RFC 8292): a key that derives from the store's secret, and what it signs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from webpush.vapid import VAPID

if TYPE_CHECKING:
    from pydantic import AnyHttpUrl

_DERIVING: Final = b"hosanna:webpush:vapid"
_SEED_BYTES: Final = 48
"""Half as many again as the order of the curve has: the remainder is as good as evenly spread (FIPS 186-5, A.2.1)."""
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_HTTPS: Final = 443


def derived(secret: bytes) -> ec.EllipticCurvePrivateKey:
    """The private key of a store: the same on every server and after every start, or no subscription would hold."""
    seed = HKDF(algorithm=SHA256(), length=_SEED_BYTES, salt=None, info=_DERIVING).derive(secret)
    return ec.derive_private_key(int.from_bytes(seed, "big") % (_ORDER - 1) + 1, ec.SECP256R1())


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The key as the library takes it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Its public half as the library takes it."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class Signature(VAPID):
    """The library's, but for the audience, which names a port that is not the usual one, and the contact.

    That one is what the operator gave, an address of mail or of the web.
    """

    def get_authorization_header(self, endpoint: AnyHttpUrl, subscriber: str, expiration: int) -> str:
        """What a push service knows us by."""
        port = "" if endpoint.port in (None, _HTTPS) else f":{endpoint.port}"
        claims = {
            "aud": f"{endpoint.scheme}://{endpoint.host}{port}",
            "exp": int(time.time()) + expiration,
            "sub": subscriber,
        }
        token = jwt.encode(claims, self.private_key, algorithm="ES256")
        return f"vapid t={token}, k={self.get_application_server_key(self.public_key)}"
