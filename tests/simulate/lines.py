"""Settings and lines that tests of replay and compare share."""

from typing import Any

from resolver import Settings
from resolver.simulate import Run, Step

ADA: dict[str, Any] = {"ref": "ada", "at": 1, "identifiers": {"email": "ada@example.com", "phone": "317-555-6789"}}
BOB: dict[str, Any] = {"ref": "bob", "at": 2, "identifiers": {"email": "bob@example.com", "phone": "317-555-6789"}}


def settings(rules: list[str] | None = None, **configs: dict[str, Any]) -> Settings:
    """E-mail and phone, each changed as given; rules default to both."""
    shapes = {"email": {"normalization": "email"}, "phone": {"normalization": "phone"}}
    return Settings.from_json(
        {
            "identifierConfigs": [
                {"idType": id_type, **shape, **configs.get(id_type, {})} for id_type, shape in shapes.items()
            ],
            "matchingRules": rules or ["email", "phone"],
        }
    )


SHARED_PHONE = settings(phone={"enforceUnique": False})


def applied(run: Run) -> list[Step]:
    """The steps of a run that were applied."""
    return [step for step in run.steps() if step.outcome is not None]


def refused(run: Run) -> list[Step]:
    """The steps of a run that the engine refused."""
    return [step for step in run.steps() if step.outcome is None]
