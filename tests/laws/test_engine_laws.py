"""Engines under random histories: two ways to the same end always meet."""

from hypothesis import given
from hypothesis import strategies as st

from resolver import Engine, Outcome, Resolve, Settings
from resolver.commands import AnyCommand
from resolver.facts import AnyFact, decode_fact, encode_fact
from resolver.kernel.matching import match
from resolver.kernel.rows import CommandNumber, Moment
from resolver.names import MatchingAlgo
from resolver.profiles import id_of
from resolver.rules import TableView, match_profiles
from tests.laws.histories import (
    TYPES,
    VALUES,
    any_settings,
    everyday_settings,
    histories,
    opened,
    options,
    resolves,
    run,
    short_id,
    tried,
)

either_settings = st.one_of(any_settings(), everyday_settings)
Options = dict[str, str]
History = list[AnyCommand]


def facts_of(outcomes: list[Outcome | str]) -> list[AnyFact]:
    return [fact for outcome in outcomes if isinstance(outcome, Outcome) for fact in outcome.facts]


@given(either_settings, options, histories)
def test_i6_folding_all_facts_gives_the_state_of_running_the_commands(
    chosen: Settings, given_options: Options, history: History
) -> None:
    ran, folded = opened(chosen, **given_options), opened(chosen, **given_options)
    position = (CommandNumber(0), Moment(0))
    for number, command in enumerate(history, start=1):
        outcome = tried(lambda c=command, n=number: ran.execute(c, number=n))
        if isinstance(outcome, Outcome):
            position = (CommandNumber(number), ran._tables.at)
            folded.fold(decode_fact(encode_fact(fact)) for fact in outcome.facts)
    folded._check()
    if (folded._tables.number, folded._tables.at) != position:
        folded._tables.number, folded._tables.at = position  # commands without facts leave no trace
    assert folded.snapshot() == ran.snapshot()


@given(either_settings, options, histories, resolves)
def test_i6_folding_reaches_the_position_too_when_the_last_command_had_facts(
    chosen: Settings, given_options: Options, history: History, last: Resolve
) -> None:
    ran, folded = opened(chosen, **given_options), opened(chosen, **given_options)
    folded.fold(facts_of(run(ran, history)))
    outcome = tried(ran.execute, last)
    if isinstance(outcome, Outcome) and outcome.facts:
        folded.fold(outcome.facts)
        assert folded.snapshot() == ran.snapshot()
        assert tried(folded.execute, last) == tried(ran.execute, last)


@given(either_settings, options, histories)
def test_i6_a_history_run_twice_gives_the_same_facts(
    chosen: Settings, given_options: Options, history: History
) -> None:
    one, other = opened(chosen, **given_options), opened(chosen, **given_options)
    assert run(one, history) == run(other, history)
    assert one.snapshot() == other.snapshot()


@given(
    any_settings(),
    histories,
    st.dictionaries(
        st.sampled_from(TYPES), st.lists(st.sampled_from([v.strip() for v in VALUES]), max_size=3, unique=True)
    ),
    st.sampled_from(["all", "first"]),
)
def test_r2_the_kernel_matches_as_the_rules_do_on_a_table_of_its_profiles(
    chosen: Settings, history: History, identifiers: dict[str, list[str]], way: str
) -> None:
    engine = opened(chosen, match=way)
    run(engine, history)
    thresholds = {
        config.id_type: config.matching_threshold
        for config in engine.settings.identifier_configs
        if config.matching_algo is MatchingAlgo.FUZZY
    }
    table = TableView({name: engine.identifiers(name) for name in engine.profiles()}, thresholds)
    given_values = {name: values for name, values in identifiers.items() if values and name in chosen.id_types}
    if given_values:
        engine._read(given_values)
        scratch = engine._scratch
        count = match(engine._tables, scratch, engine._ruling.rules, engine._tables.at)
        found = [id_of(engine._tables, scratch.found[place]) for place in range(count)]
        ordered = {name: given_values[name] for name in engine._ruling.book.types if name in given_values}
        expected = match_profiles(table, engine.settings, ordered, match=way)
        assert tuple(found) == expected.profile_ids
        if count > 1:
            evidence = [scratch.evidence[place] for place in range(scratch.n_evidence)]
            names, kinds, texts = engine._ruling.names, engine._tables.kind, engine._tables.text
            fresh = {scratch.new_rows[place]: scratch.new_texts[place] for place in range(scratch.n_new)}
            pairs = [(names[kinds[value]], fresh.get(value) or texts[value]) for value in evidence]
            assert (engine._ruling.book.rules[scratch.rule].text, tuple(pairs)) == (expected.rule, expected.identifiers)


@given(either_settings, options, histories, histories, histories)
def test_a_fork_and_its_original_go_on_as_if_the_other_did_not_exist(
    chosen: Settings, given_options: Options, before: History, one: History, other: History
) -> None:
    original = opened(chosen, **given_options)
    run(original, before)
    fork = original.fork()
    for engine, after in ((fork, one), (original, other)):
        alone = opened(chosen, **given_options)
        run(alone, before)
        assert run(engine, after) == run(alone, after)
    for engine, after in ((fork, one), (original, other)):
        alone = opened(chosen, **given_options)
        run(alone, [*before, *after])
        assert engine.snapshot() == alone.snapshot()
        engine._check()


@given(either_settings, options, histories)
def test_a_preview_tells_what_an_execution_does_and_changes_nothing(
    chosen: Settings, given_options: Options, history: History
) -> None:
    engine = opened(chosen, **given_options)
    for command in history:
        before = engine.snapshot()
        preview = tried(engine.preview, command)
        assert engine.snapshot() == before
        assert tried(engine.execute, command) == preview
    engine._check()


@given(either_settings, options, histories, histories)
def test_a_restored_engine_goes_on_as_the_one_that_was_saved(
    chosen: Settings, given_options: Options, before: History, after: History
) -> None:
    engine = opened(chosen, **given_options)
    run(engine, before)
    again = Engine.restore(engine.snapshot(), new_id=short_id)
    assert again.snapshot() == engine.snapshot()
    again._check()
    assert run(again, after) == run(engine, after)
    assert again.snapshot() == engine.snapshot()


@given(either_settings, options, histories)
def test_i7_a_refused_command_leaves_the_state_untouched(
    chosen: Settings, given_options: Options, history: History
) -> None:
    engine = opened(chosen, **given_options)
    for command in history:
        before = engine.snapshot()
        if isinstance(tried(engine.execute, command), str):
            assert engine.snapshot() == before
