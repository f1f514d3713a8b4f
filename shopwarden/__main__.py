"""``python -m shopwarden``."""

import sys
from pathlib import Path

if not sys.flags.safe_path and Path(sys.path[0]).resolve() != Path(__file__).parents[1]:
    del sys.path[0]  # the current directory: a folder called checks or reports in it is somebody else's

from shopwarden.cli.group import main

main()
