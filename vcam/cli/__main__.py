"""``python -m vcam.cli``: starts GazeCam where no script is installed."""

import sys

from vcam.cli import main

sys.exit(main())
