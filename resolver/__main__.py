"""``python -m resolver`` is the ``resolver`` command."""

import sys

from resolver.cli import main

if __name__ == "__main__":
    sys.exit(main())
