"""The error of whoever asks for a certificate that there is not."""

from __future__ import annotations

from alta.errors import AltaError

__all__ = ["CertificateError"]


class CertificateError(AltaError):
    """Says why there is no certificate."""
