"""What a command prints on standard output, where all goes well."""

import pytest

from resolver.cli import main


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that ends with status 0 and says nothing on standard error; return what it prints."""
    assert main(arguments) == 0
    told = capsys.readouterr()
    assert told.err == ""
    return told.out
