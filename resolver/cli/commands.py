"""What each command does: read, replay, show, write."""

import argparse
from functools import partial
from pathlib import Path

import msgspec

from resolver.atomic_files import check_targets
from resolver.cli import show
from resolver.cli.explain import show_without
from resolver.cli.output import (
    COMPARISON_FILES,
    REPORT,
    RUN_FILES,
    check_open,
    mask_of,
    open_report,
    print_document,
    write_comparison,
    write_run,
)
from resolver.cli.provenance import provenance_of
from resolver.cli.reading import history_from, replayed, settings_from, settings_from_standard_input
from resolver.cli.saved_runs import check_save, compared, run_of, two_runs_of
from resolver.cli.show import status_of
from resolver.cli.truth import figures_of, truth_from
from resolver.cli.typed import STANDARD_INPUT
from resolver.columns.numbered import Numbered
from resolver.generate import TRUTH_SUFFIX, write_history
from resolver.report import masked
from resolver.report.comparison import pieces_of_report
from resolver.report.reasons import Notes
from resolver.simulate import Run, judge
from resolver.simulate.run import Again, rarely_collecting
from resolver.simulate.settings_documents import preset, settings_to_json
from resolver.simulate.truth import Truth, agreement_of

_DONE = 0
_JSON_LINES = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz")


def run_replay(options: argparse.Namespace) -> int:
    """Do ``resolver replay``."""
    truth = truth_from(options)
    if options.out is not None:
        check_targets(options.out, RUN_FILES)
    check_save(options)
    run = run_of(options, "replay", without=options.without)
    baseline = run_of(options, "baseline") if options.without else run
    if options.out is not None:
        write_run(run, options.out)
    if options.save is not None:
        run.save(options.save)
    known = None if truth is None else Truth.of(truth, run.refs)
    figures = None if known is None else agreement_of(run.assignments, known.persons)
    if options.json:
        against = {} if figures is None else {"agreement": msgspec.to_builtins(figures)}
        print_document(run.summary.to_json() | against)
        return status_of(options, run.summary)
    show.run(run)
    if known is not None and figures is not None:
        show.paragraphs([figures_of(figures), *known.notes(), "resolver errors says where it is wrong"])
    if options.without:
        show_without(baseline, run, options.show)
    if options.out is not None:
        show.written(options.out)
    if options.save is not None:
        show.saved(options.save)
    return status_of(options, run.summary)


@rarely_collecting()
def run_compare(options: argparse.Namespace) -> int:
    """Do ``resolver compare``."""
    check_open(options)
    truth, mask = truth_from(options), mask_of(options)
    if truth is not None and options.mask_refs:
        raise ValueError("--mask-refs: a truth names refs as they are; expected --mask, or no --truth")
    if options.out is not None:
        check_targets(options.out, COMPARISON_FILES)
    saved = two_runs_of(options)
    baseline, candidate = _two_replays(options) if saved is None else saved
    if mask is not None:
        baseline, candidate = masked(baseline, mask), masked(candidate, mask)
    comparison = compared(options, baseline, candidate, are_saved=saved is not None)
    judgement = None if truth is None else judge(comparison, baseline, candidate, truth)
    document, notes = comparison.document(), Notes(comparison)
    if options.out is not None:  # what stands behind the groups is told once, for both files
        document |= {kind: Again(partial(notes.documents, kind)) for kind in ("joined", "split")}
    if judgement is not None:
        document = judgement.added_to(document)
    if options.out is not None:
        provenance = provenance_of(options, is_masked=mask is not None)
        page = partial(pieces_of_report, comparison, baseline, candidate, judgement, provenance, notes)
        write_comparison(document, page, options.out)
        open_report(options)
    if options.json:
        print_document(document)
        return status_of(options, baseline.summary, candidate.summary)
    show.comparison(comparison, options.show, judgement=judgement, is_written=options.out is not None)
    if options.out is not None:
        show.written(options.out, REPORT)
    return status_of(options, baseline.summary, candidate.summary)


def _two_replays(options: argparse.Namespace) -> tuple[Run, Run]:
    """Replay a history, which is read once, under both settings documents."""
    before, after = settings_from(options.baseline), settings_from(options.candidate)
    history = history_from(options, before, after)
    numbered = Numbered(history, before[0].id_types, keeps_sources=True)
    baseline = replayed(numbered, before, options, "baseline", without=options.without)
    return baseline, replayed(numbered, after, options, "candidate", without=options.without)


def run_generate(options: argparse.Namespace) -> int:
    """Do ``resolver generate``."""
    out = options.out
    if not out.name.endswith(_JSON_LINES):
        raise ValueError(f"{out}: the history is JSON Lines; expected a name ending in {', '.join(_JSON_LINES)}")
    check_targets(out.parent, (out.name, out.name + TRUTH_SUFFIX))
    write_history(out, options.records, options.seed)
    show.line(f"{out}: {options.records} records, seed {options.seed}; truth in {out}{TRUTH_SUFFIX}")
    return _DONE


def run_settings(options: argparse.Namespace) -> int:
    """Do ``resolver settings``."""
    if options.preset is not None:
        project = getattr(options, "in_project", None)
        if isinstance(options.file, Path) and (project is None or options.file is not project.settings):
            raise ValueError(
                f"--preset {options.preset} and the file {options.file} exclude each other; give one of them"
            )
        print_document(preset(options.preset))
        return _DONE
    is_standard_input = str(options.file) == STANDARD_INPUT
    settings, engine_options = settings_from_standard_input() if is_standard_input else settings_from(options.file)
    print_document(settings_to_json(settings, engine_options))
    return _DONE
