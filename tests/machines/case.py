"""A case: what a random history starts from, what its commands are made of, and how it is written down."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from resolver import Engine
from resolver.commands import AnyCommand, ApplySettings
from resolver.settings import Settings
from tests.model import SlowStore

NewId = Callable[[int, int], Any]

UNKNOWN_TYPE = "zz"
UNKNOWN_PROFILE = "nobody"

Step = tuple[int | None, AnyCommand] | str
"""A command with the number given to it, or ``fork``, ``restore`` or ``fold``."""


class Clock:
    """A clock that all stores of a case share: it shows what *tick* makes of the number of the present command."""

    def __init__(self, tick: Callable[[int], Any]) -> None:
        self.tick = tick
        self.number = 0

    def __call__(self) -> Any:
        return self.tick(self.number)


@dataclass(frozen=True)
class Case:
    """What a history starts from, and what its commands are made of."""

    name: str
    settings: Settings
    raws: Mapping[str, tuple[object, ...]]  # per idType: the raw values in play
    later: tuple[Settings, ...] = ()  # what the settings may become
    on_invalid: str = "refuse"
    match: str = "all"
    default_region: str = "US"
    new_id: NewId | None = None
    clock: Clock | None = None
    normalizers: Mapping[str, Callable[[str], Any]] | None = None
    crowd: int = 5  # with more profiles than that, histories rather add to them than create others
    joining: tuple[str, ...] = ()  # idTypes that a resolve names alone now and then, to join profiles that hold them
    claimed: str | None = None  # an idType whose values others hold, which profiles are given now and then
    unit: int = 1  # the milliseconds that times are counted in
    privacy: float = 0.0  # how often a command erases people, or suppresses what names them
    changes: int = 6  # how many commands in a hundred are changes of settings, where there are later ones

    @property
    def functions(self) -> dict[str, Any]:
        """The options that are functions of the engine's user: those that a snapshot does not hold."""
        return {"clock": self.clock, "new_id": self.new_id, "normalizers": self.normalizers}

    @property
    def options(self) -> dict[str, Any]:
        """All options of a store of this case."""
        words = {"default_region": self.default_region, "on_invalid": self.on_invalid, "match": self.match}
        return words | self.functions

    def engine(self, kind: type[Engine] = Engine) -> Engine:
        return kind(self.settings, **self.options)

    def model(self) -> SlowStore:
        return SlowStore(self.settings, **self.options)

    def begin(self, number: int) -> None:
        """Set the clock for a command."""
        if self.clock is not None:
            self.clock.number = number


def script(case: Case, steps: Iterable[Step]) -> str:
    """A history as a program."""
    functions = [f"{name}={_named(function)}" for name, function in case.functions.items() if function is not None]
    lines = [
        f"# {case.name}",
        "from resolver import Engine, Settings",
        "from resolver.commands import *",
        f"engine = Engine(Settings.from_json({case.settings.to_json()}),",
        f"    on_invalid={str(case.on_invalid)!r}, match={str(case.match)!r}, default_region={case.default_region!r},",
        f"    {', '.join(functions)})  # functions of tests.machines.families",
    ]
    forks = 0
    for step in steps:
        match step:
            case "fork":
                lines.append("left = engine.fork()" if forks % 2 else "left, engine = engine, engine.fork()")
                forks += 1
            case "restore":
                lines.append("engine = Engine.restore(engine.snapshot())")
            case "fold":
                lines.append("# go on with an engine into which all facts were folded")
            case number, command:
                shown = repr(command)
                if isinstance(command, ApplySettings):
                    shown = f"ApplySettings(Settings.from_json({command.settings.to_json()}), {command.at!r})"
                lines.append(f"engine.execute({shown}, number={number})")
    return "\n".join(lines)


def _named(function: Any) -> str:
    """A function, or a mapping to functions, by the names that they have in their module."""
    if isinstance(function, Clock):
        return f"Clock({function.tick.__name__})"
    if isinstance(function, Mapping):
        return "{" + ", ".join(f"{name!r}: {_named(each)}" for name, each in function.items()) + "}"
    return str(function.__name__)
