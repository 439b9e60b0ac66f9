"""The bundled files: every script is used, none makes markup, and none is anybody else's."""

from importlib.resources import files

from resolver.report.page import COMPARISON, STUDY, script_of

STATIC = files("resolver.report").joinpath("static")


def test_every_bundled_script_is_in_a_page() -> None:
    assert {each.name for each in STATIC.iterdir()} == {*COMPARISON, *STUDY, "page.css"}


def test_our_scripts_make_no_markup_from_text_and_run_none() -> None:
    for scripts in (COMPARISON, STUDY):
        text = script_of(scripts)
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "http"):
            assert word not in text, word
