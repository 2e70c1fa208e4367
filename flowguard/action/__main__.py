"""`python -m flowguard.action`, the entry point of the Action's container."""

import sys

from flowguard.action import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
