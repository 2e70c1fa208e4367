"""FlowGuard's version, which the package's own modules may read without a circle."""

from __future__ import annotations

__version__ = "0.1.0"
