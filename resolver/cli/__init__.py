"""The command line: ``resolver replay``, ``compare``, ``generate`` and ``settings``."""

from resolver.cli.main import main

__all__ = ["main"]
