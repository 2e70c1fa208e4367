"""What every test stands on."""

from __future__ import annotations

import signal

from hypothesis import settings

# A shell that starts the tests in the background (`nohup … &`) has them ignore
# Ctrl-C, and every program that they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes is the machine's affair.
settings.register_profile("flowguard", deadline=None)
settings.load_profile("flowguard")
