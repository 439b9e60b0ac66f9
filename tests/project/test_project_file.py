"""``resolver.toml``: every key, and what each wrong one is told."""

from pathlib import Path

import pytest

from resolver.project import ProjectError, read_project
from resolver.project.project_file import project_in


def test_every_key_is_read_and_paths_begin_at_the_file() -> None:
    project = project_in(
        "there/resolver.toml",
        """
history = ["a.csv", "/b.csv"]
format = "csv"
separator = "|"
delimiter = ";"
encoding = "cp1252"
tz = "Europe/Berlin"
at-unit = "s"
date-format = "%d.%m.%Y"
on-invalid = "keep"
match = "first"
region = "DE"
max-line = 1000
max-rejected = 3
sort = true
truth = { file = "t.csv", ref = ["S", "ID"], person = "P", encoding = "cp1252" }
grid = "grid.json"
candidate = "c.json"
out = "results"
settings = "s.json"
[map]
ref = ["S", "ID"]
phone = "TEL[|]"
""",
    )
    assert project.history == ("there/a.csv", "/b.csv")
    assert project.options["max-line"] == 1000
    assert project.options["sort"] is True
    assert len(project.options) == 13
    assert project.map == {"ref": ("S", "ID"), "phone": ("TEL[|]",)}
    assert (project.truth, project.truth_map) == (Path("there/t.csv"), {"ref": ("S", "ID"), "person": ("P",)})
    assert project.truth_encoding == "cp1252"
    assert (project.grid, project.candidate, project.out, project.settings) == tuple(
        Path("there") / name for name in ("grid.json", "c.json", "results", "s.json")
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "histroy = 'a'",
            r"p\.toml: line 1: 'histroy' is not a key; expected one of history, .*; did you mean 'history'\?",
        ),
        ("\nregion = 3", r"line 2: 'region' is 3; expected a text in quotes"),
        ("sort = 'yes'", r"line 1: 'sort' is 'yes'; expected true or false"),
        ("max-line = true", r"'max-line' is True; expected a whole number"),
        ("history = [1]", r"'history' is \[1\]; expected a text, or a list of texts"),
        ("history = ''", r"'history'"),
        ("map = 'ID'", r"'map' is 'ID'; expected a table of names and their columns"),
        ("[map]\nref = 1", r"line 2: 'map\.ref' is 1"),
        ("truth = { ref = 'ID' }", r"'truth' has no file"),
        ("truth = { file = 't', persn = 'ID' }", r"'truth\.persn' is not a key; .*did you mean 'person'"),
        (
            "truth = { file = 't', encoding = 3 }",
            r"'truth\.encoding' is 3; expected a text in quotes, such as 'cp1252'",
        ),
        ("a = ", r"p\.toml: is not TOML: "),
        ("[settings]\nmatchingRules = ['email']", r"p\.toml: settings\.identifierConfigs: it is missing"),
        (
            "[settings]\nmatchingRules = ['email']\n[[settings.identifierConfigs]]\nidType = 'email'\nlimit = 0",
            r"p\.toml: settings\.identifierConfigs\[0\]\.limit: 0 is not allowed; expected an integer 1\.\.100",
        ),
    ],
)
def test_what_is_wrong_is_named_with_what_is_right(text: str, said: str) -> None:
    with pytest.raises(ProjectError, match=said):
        project_in("p.toml", text)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ProjectError, match="is not text in UTF-8"):
        read_project(tmp_path / "p.toml")


def test_a_byte_order_mark_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_bytes(b"\xef\xbb\xbfregion = 'US'\n")
    assert read_project(tmp_path / "p.toml").options == {"region": "US"}
