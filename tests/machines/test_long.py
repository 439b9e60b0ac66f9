"""The machine for as long as it is told, the engine as Python beside the compiled one, and the Hypothesis profiles."""

from functools import partial
from typing import Any

import pytest
from hypothesis import settings

import resolver
from resolver import Engine
from tests.amounts import measured
from tests.machines.case import Case
from tests.machines.long import main
from tests.machines.plain import plain_engine
from tests.model import SlowStore


@pytest.mark.slow
def test_the_long_form_tells_its_seed_its_families_and_how_much_it_compared(capsys: pytest.CaptureFixture[str]) -> None:
    with measured(False):
        assert main(["--seed", "7", "--commands", "1", "--family", "everyday"]) == 0
    first, *_, compared = capsys.readouterr().out.partition("commands\n")[0].splitlines()
    assert first.startswith("seed 7, the engine is ")
    assert first.endswith(", families: everyday")
    assert int(compared.strip().replace(",", "")) >= 2_000


def test_the_long_form_takes_a_fresh_seed_and_stops_in_time(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main(["--minutes", "0"]) == 0
    one, other = (line for line in capsys.readouterr().out.splitlines() if line.startswith("seed"))
    assert one != other


def test_a_disagreement_is_printed_as_a_program_and_can_be_seen_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    latest: Any = partial(SlowStore, survivor=lambda profiles: profiles[-1])
    monkeypatch.setattr(Case, "model", lambda case: latest(case.settings, **case.options))
    again = ["--seed", "3", "--family", "everyday", "--commands", "1"]
    assert main(again) == 1
    out = capsys.readouterr().out
    assert "the outcome, fact" in out or "the preview, fact" in out
    assert out.count("engine.execute(") <= 4  # all else is left out
    assert out.splitlines()[-1] == f"python -m tests.machines.long {' '.join(again)}"


def test_the_engine_beside_a_compiled_one_is_python() -> None:
    plain = plain_engine()
    match = plain.execute.__globals__["match"]
    assert match.__globals__["__file__"].endswith(".py")
    assert (plain is Engine) is not resolver.COMPILED
    assert resolver.engine.Engine is Engine
    assert plain().resolve({"email": "a@b.cc"}) == Engine().resolve({"email": "a@b.cc"})


def test_only_the_long_profile_draws_other_examples_every_time() -> None:
    assert {name: settings.get_profile(name).derandomize for name in ("ci", "dev", "long")} == {
        "ci": True,
        "dev": True,
        "long": False,
    }
