"""The bundled files: the library is what it says it is, and every script of ours is used."""

import hashlib
import re
from importlib.resources import files

from resolver.report.page import COMPARISON, LIBRARY, SWEEP, script_of, text_of

STATIC = files("resolver.report").joinpath("static")


def test_the_library_is_the_one_whose_version_and_checksum_are_written_beside_it() -> None:
    written = text_of("vendor/README.md")
    assert hashlib.sha256(STATIC.joinpath(LIBRARY).read_bytes()).hexdigest() in written
    assert re.search(r"\| cytoscape .* \| \d+\.\d+\.\d+ \| MIT", written)


def test_the_library_comes_with_its_licence() -> None:
    assert "Permission is hereby granted, free of charge" in text_of("vendor/cytoscape.LICENSE.txt")


def test_every_script_beside_the_library_is_in_a_page() -> None:
    assert {each.name for each in STATIC.iterdir() if each.name.endswith(".js")} == {*COMPARISON, *SWEEP}


def test_our_scripts_make_no_markup_from_text_and_run_none() -> None:
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "http"):
        assert word not in script_of(COMPARISON), word
