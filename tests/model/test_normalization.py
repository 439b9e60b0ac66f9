"""The second normalization by hand (N1 to N7)."""

import pytest

from resolver.errors import InvalidIdentifier
from tests.model.normalization import normalize


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("none", " a ", " a "),
        ("trim", "\u2003a b\n", "a b"),
        ("email", " Ada @Example.COM ", "ada@example.com"),
        ("email", "a@x.test", "a@x.test"),
        ("email", "a@localhost", "a@localhost"),
        ("phone", "1-317-555-6789", "+13175556789"),
        ("phone", "(317) 555-6789", "+13175556789"),
        ("phone", "447911123456", "+447911123456"),
        ("phone", "+15551234567", "+15551234567"),
    ],
)
def test_normalization_gives(name: str, raw: str, value: str) -> None:
    assert normalize(name, raw, region="US") == value
    assert normalize(name, value, region="US") == value  # N7


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("none", ""),
        ("none", "x" * 256),
        ("none", 7),
        ("trim", "  "),
        ("email", "ada"),
        ("email", "a@x..test"),
        ("phone", "5556789"),
        ("phone", "317-555-6789 ext. 4"),
        ("phone", "+4400791112345"),
        ("phone", "ada"),
    ],
)
def test_normalization_refuses(name: str, raw: object) -> None:
    with pytest.raises(InvalidIdentifier):
        normalize(name, raw, region="US")
