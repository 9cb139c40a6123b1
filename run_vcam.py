"""Start GazeCam from a clone: the same program as the installed ``gazecam``."""

import sys

from vcam.cli import main

if __name__ == "__main__":
    sys.exit(main())
