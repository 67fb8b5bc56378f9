"""The master key and what is derived from it: values sealed at rest, and keys for signatures between our processes.

The master key lives in a file outside the database (QUARTERDECK_MASTER_KEY_FILE), 32 random bytes in base64. From it
HKDF-SHA256 (RFC 5869) derives one key a purpose, so that no key serves two. A sealed value is AES-256-GCM with the row
it belongs to as associated data: moved to another row it does not open.

    sealed = b"\\x01" + key_id (4 bytes) + nonce (12 bytes) + ciphertext and tag
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_SIZE_BYTES = 32
_FORMAT = b"\x01"
_NONCE_SIZE_BYTES = 12


class CannotUnseal(Exception):
    """The value was sealed by another key, for another row, or was changed."""


def create_master_key(path: Path) -> None:
    """Writes a new master key to `path`, mode 0600, unless a file is there already.

    Raises:
        OSError: the directory cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(base64.b64encode(os.urandom(KEY_SIZE_BYTES)) + b"\n")


def read_master_key(path: Path) -> bytes:
    """The 32 bytes of the key file.

    Raises:
        ImproperlyConfigured: the file is missing or does not hold a key.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ImproperlyConfigured(
            f"the master key {path} cannot be read ({error.strerror}); `manage.py serve` creates it on the first start, "
            "elsewhere put it there from your secret store (QUARTERDECK_MASTER_KEY_FILE)"
        ) from error
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error as error:
        raise ImproperlyConfigured(f"the master key {path} is not base64") from error
    if len(key) != KEY_SIZE_BYTES:
        raise ImproperlyConfigured(f"the master key {path} holds {len(key)} bytes instead of {KEY_SIZE_BYTES}")
    return key


def derive(master_key: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose."""
    return HKDF(hashes.SHA256(), KEY_SIZE_BYTES, salt=None, info=b"quarterdeck/" + purpose.encode()).derive(master_key)


@functools.lru_cache(maxsize=32)
def key_for(purpose: str) -> bytes:
    """The key of this installation for one purpose."""
    return derive(read_master_key(Path(settings.MASTER_KEY_FILE)), purpose)


def seal(plaintext: bytes, *, context: str) -> bytes:
    """Encrypts a value for its place.

    Args:
        plaintext: the secret.
        context: the place it is for, for instance "certificates.authority:<uuid>"; needed again to open it.
    """
    key = key_for("sealing")
    nonce = os.urandom(_NONCE_SIZE_BYTES)
    return _FORMAT + _key_id(key) + nonce + AESGCM(key).encrypt(nonce, plaintext, context.encode())


def unseal(sealed: bytes, *, context: str) -> bytes:
    """Raises CannotUnseal where `seal` of this installation did not write it for this context."""
    key = key_for("sealing")
    sealed = bytes(sealed)
    if sealed[:1] != _FORMAT or sealed[1:5] != _key_id(key):
        raise CannotUnseal("sealed with another master key")
    try:
        return AESGCM(key).decrypt(sealed[5 : 5 + _NONCE_SIZE_BYTES], sealed[5 + _NONCE_SIZE_BYTES :], context.encode())
    except InvalidTag as error:
        raise CannotUnseal("changed, or sealed for another place") from error


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key id" + key).digest()[:4]


def fingerprint(data: bytes) -> str:
    """SHA-256 in lower-case hexadecimal: of a token or of a public key's DER. For look-ups, never for passwords."""
    return hashlib.sha256(data).hexdigest()
