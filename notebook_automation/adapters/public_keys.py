"""Signatures by public keys: Ed25519, and ECDSA over P-256."""

from __future__ import annotations

from notebook_automation.domain.signatures import Algorithm


def is_signature(algorithm: Algorithm, key: bytes, signature: bytes, message: bytes) -> bool:
    """Return whether ``signature`` is that of ``message`` by the public ``key``.

    ``key`` is 32 bytes for ``ed25519``, a DER SubjectPublicKeyInfo for ``ecdsa-p256-sha256``, whose signatures are DER.
    Raises ValueError where it is no such key.
    """
    # A tenth of a second to import, and few webhooks need it.
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        if algorithm == "ed25519":
            ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
            return True
        loaded = load_der_public_key(key)
        if not isinstance(loaded, ec.EllipticCurvePublicKey) or not isinstance(loaded.curve, ec.SECP256R1):
            raise ValueError("not a key on the curve P-256")
        loaded.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    except UnsupportedAlgorithm:
        raise ValueError("not a key on the curve P-256") from None
    return True
