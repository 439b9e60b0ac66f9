import attrs
import pytest

from resolver import IdentifierConfig, Settings
from resolver.simulate import compare, replay
from tests.amounts import measured
from tests.real.records import check_against_slow_model, febrl_lines, febrl_settings, precision_and_recall


@pytest.mark.slow
def test_febrl_under_compound_rules_is_what_the_slow_model_says() -> None:
    lines, truth = febrl_lines()
    settings = febrl_settings()
    run = replay(lines, settings)
    run.engine._check()
    with measured(False):
        check_against_slow_model(run, lines, settings)
    precision, recall = precision_and_recall(run.assignments, truth)
    assert precision > 0.99
    assert recall > 0.9
    assert run.summary.lines == run.summary.applied + run.summary.rejected == 1000


def test_compound_rules_find_febrl_duplicates_that_the_number_alone_misses() -> None:
    lines, truth = febrl_lines()
    by_number = attrs.evolve(febrl_settings(), matching_rules=["soc_sec_id"])
    baseline, candidate = replay(lines, by_number), replay(lines, febrl_settings())
    comparison = compare(baseline, candidate)
    assert comparison.joined
    assert not comparison.split
    rules = {change.cause.kind for change in comparison.joined if change.cause is not None}
    assert rules <= {"rule", "match", "value"}
    assert precision_and_recall(candidate.assignments, truth)[1] > precision_and_recall(baseline.assignments, truth)[1]


def test_a_fuzzy_number_finds_febrl_typos_and_is_what_the_slow_model_says() -> None:
    lines, _ = febrl_lines()
    lines = [{**line, "identifiers": {"soc_sec_id": line["identifiers"]["soc_sec_id"]}} for line in lines
             if "soc_sec_id" in line["identifiers"]][:300]  # fmt: skip
    fuzzy = Settings([IdentifierConfig("soc_sec_id", matching_algo="fuzzy", matching_threshold=85)], ["soc_sec_id"])
    run = replay(lines, fuzzy)
    run.engine._check()
    check_against_slow_model(run, lines, fuzzy)
