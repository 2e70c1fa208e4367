"""`python -m flowguard.action`, the entry point of the Action's container."""

import gc
import sys

from flowguard.action import main
from flowguard.aws.fence import watch

if __name__ == "__main__":
    # A step is short and keeps most of what it makes: garbage is hardly worth a look.
    gc.set_threshold(50_000)
    watch()
    sys.exit(main(sys.argv[1:]))
