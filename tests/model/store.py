"""``SlowStore``: the reference, with a normalization that shares nothing with the engine's."""

from typing import Any

from resolver.reference import Reference
from resolver.settings import Settings
from tests.model.normalization import normalize


class SlowStore(Reference):
    """One store that obeys the contract by brute force, and asks the reference libraries for every value.

    >>> str(SlowStore().resolve({"email": "Ada@Example.com"}, at=1).status)
    'created'
    """

    def __init__(self, settings: Settings | None = None, **options: Any) -> None:
        super().__init__(settings, **{"normalize": normalize, **options})
