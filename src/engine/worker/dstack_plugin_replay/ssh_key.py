"""A private SSH key that stands for one of the user's: it has the shape of one, and it opens nothing."""

import base64
import struct

# Ed25519: the private key of 32 zero bytes, and the public key that belongs to it.
_PRIVATE = bytes(32)
_PUBLIC = bytes.fromhex("3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29")
_KIND = b"ssh-ed25519"
_COMMENT = b"placeholder"


def public_key() -> str:
    """As in a file `id_ed25519.pub`."""
    return f"{_KIND.decode()} {base64.b64encode(_public()).decode()} {_COMMENT.decode()}"


def private_key() -> str:
    """As in a file `id_ed25519`, in OpenSSH's format (`PROTOCOL.key` in its sources)."""
    secret = struct.pack(">II", 0, 0) + _public() + _string(_PRIVATE + _PUBLIC) + _string(_COMMENT)
    # Filled up to the block size of no cipher at all.
    secret += bytes(range(1, 1 + -len(secret) % 8))
    head = b"openssh-key-v1\0" + _string(b"none") + _string(b"none") + _string(b"") + struct.pack(">I", 1)
    text = base64.b64encode(head + _string(_public()) + _string(secret)).decode()
    lines = [text[start : start + 70] for start in range(0, len(text), 70)]
    label = "OPENSSH PRIVATE KEY"
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def _public() -> bytes:
    return _string(_KIND) + _string(_PUBLIC)


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data
