"""Play a webhook platform against a partner, record every exchange, and judge what the partner did."""

from typing import Final

from conformance.errors import PlatformRefusal

__all__ = ["PlatformRefusal", "__version__"]

__version__: Final = "0.1.0"
