"""``resolver spark``: its arguments, and what it says where nothing can be asked."""

import os
import socket
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from resolver.cli import main, spark
from resolver.example import path

WORDS = ["history.jsonl", "--work", "work"]


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A library whose sessions cannot be made, and which notes what was asked of it."""
    asked: list[tuple[str, Any]] = []

    class Builder:
        def __getattr__(self, name: str) -> Any:
            def note(*given: Any) -> "Builder":
                asked.append((name, *given))
                if name == "getOrCreate":
                    raise RuntimeError("no gateway\nand more")
                return self

            return note

    monkeypatch.setattr("resolver.spark.packages.sessions", lambda: SimpleNamespace(builder=Builder()))
    monkeypatch.setattr(spark, "_reach", lambda remote: None)
    return SimpleNamespace(asked=asked)


def test_every_action_needs_a_folder_for_its_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spark", "replay", "history.jsonl"]) == 2
    assert "--work" in capsys.readouterr().err
    assert main(["spark"]) == 2
    assert "ACTION" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["replay", "compare", "sweep"])
def test_help_has_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spark", name, "--help"]) == 0
    assert f"resolver spark {name} " in capsys.readouterr().out


def test_a_missing_library_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for module in [each for each in sys.modules if each.partition(".")[0] == "pyspark"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    assert main(["spark", "replay", *WORDS]) == 2
    err = capsys.readouterr().err
    assert err.startswith("resolver: replays on Spark need pyspark, which is not installed in this Python; pip install")
    assert err.count("\n") == 1


def test_where_there_is_no_session_the_cause_is_one_line(
    no_engine: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["spark", "replay", *WORDS, "--master", "local[1]"]) == 2
    assert capsys.readouterr().err == (
        "resolver: no session of Spark: no gateway; expected Java 17 on this machine, or --remote sc://HOST of a "
        "server\n"
    )
    assert no_engine.asked[0] == ("master", "local[1]")
    assert main(["spark", "replay", *WORDS, "--remote", "sc://here"]) == 2
    assert "expected a server at sc://here that takes clients of this version of pyspark" in capsys.readouterr().err
    assert ("remote", "sc://here") in no_engine.asked
    assert main(["spark", "replay", *WORDS, "--remote", "sc://here", "--master", "local"]) == 2
    assert "exclude each other" in capsys.readouterr().err


def test_where_nothing_answers_it_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    builder = SimpleNamespace(remote=lambda url: SimpleNamespace(appName=pytest.fail))
    monkeypatch.setattr("resolver.spark.packages.sessions", lambda: SimpleNamespace(builder=builder))
    for name in ("grpc_proxy", "https_proxy", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    with socket.create_server(("127.0.0.1", 0)) as server:
        remote = f"sc://127.0.0.1:{server.getsockname()[1]}"
        spark._reach(f"{remote}/;user_id=ada")
    assert main(["spark", "replay", *WORDS, "--remote", remote]) == 2
    said = capsys.readouterr().err
    assert said.startswith("resolver: no session of Spark: ")
    assert said.endswith(f"; expected a server at {remote} that takes clients of this version of pyspark\n")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    spark._reach(remote)


TRACEBACK = """[UDF_ERROR] failed
Traceback (most recent call last):
  File "worker.py", line 5, in load
{}

JVM stacktrace:
org.apache.spark.SparkException
"""


@pytest.mark.parametrize(
    ("master", "given", "expected"),
    [
        ("local[2]", None, sys.executable),
        ("local[2]", "other", "other"),
        ("spark://here:7077", None, None),
    ],
)
def test_tasks_on_this_machine_are_executed_by_the_same_python(
    master: str,
    given: str | None,
    expected: str | None,
    no_engine: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PYSPARK_PYTHON", given or "")
    if given is None:
        monkeypatch.delenv("PYSPARK_PYTHON")
    assert main(["spark", "replay", *WORDS, "--master", master]) == 2
    assert "no session of Spark" in capsys.readouterr().err
    assert os.environ.get("PYSPARK_PYTHON") == expected


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "[PATH_NOT_FOUND] Path does not exist: h.parquet.\nmore",
            "Spark: [PATH_NOT_FOUND] Path does not exist: h.parquet.",
        ),
        (TRACEBACK.format("MemoryError: none is left"), "Spark: MemoryError: none is left"),
        (
            TRACEBACK.format("ModuleNotFoundError: No module named 'resolver'"),
            "the workers have no package resolver; expected pip install 'idresolver[spark]', on the driver and on all "
            "workers",
        ),
        ("", "Spark: Failed"),
    ],
)
def test_what_an_engine_says_is_one_line(
    said: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Failed(Exception):  # noqa: N818 - as one of the library
        pass

    def lines(options: object, session: object, after: int = 0) -> None:
        raise Failed(said)

    monkeypatch.setitem(sys.modules, "pyspark.errors", SimpleNamespace(PySparkException=Failed))
    monkeypatch.setattr(spark, "session_of", lambda options: nullcontext())
    monkeypatch.setattr(spark, "_lines", lines)
    assert main(["spark", "replay", *WORDS]) == 2
    assert capsys.readouterr().err == f"resolver: {told}\n"


def test_a_folder_without_columns_is_no_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    session = SimpleNamespace(read=SimpleNamespace(parquet=lambda *names: SimpleNamespace(columns=[])))
    monkeypatch.setattr(spark, "session_of", lambda options: nullcontext(session))
    assert main(["spark", "replay", "nowhere.parquet", "--work", "work", "--order-by", "at"]) == 2
    said = capsys.readouterr().err
    assert said == "resolver: nowhere.parquet: has no columns; expected a file of Parquet, or a folder of such files\n"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["replay", *WORDS, "--map", "email=MAIL"], "--map and --order-by are for tables; expected --format parquet"),
        (["replay", *WORDS, "--map", "email=A,B"], "--map email: it has several columns; expected one"),
        (
            ["compare", *WORDS, "--baseline", str(path("baseline.json")), "--candidate", "KEEPING"],
            "have different options; expected the same",
        ),
    ],
)
def test_what_cannot_be_asked_is_named(
    words: list[str], named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Session:
        def __enter__(self) -> None:
            return None

        def __exit__(self, *given: object) -> None:
            return None

    monkeypatch.setattr(spark, "session_of", lambda options: Session())
    keeping = tmp_path / "keeping.json"
    keeping.write_text(path("baseline.json").read_text().replace('"drop"', '"keep"'))
    assert main(["spark", *[str(keeping) if word == "KEEPING" else word for word in words]]) == 2
    assert named in capsys.readouterr().err
