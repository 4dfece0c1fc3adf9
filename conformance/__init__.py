"""Play a webhook platform against a partner, record every exchange, and judge what the partner did."""

from typing import Final

__all__ = ["__version__"]

__version__: Final = "0.1.0"
