"""``resolver state`` and ``resolver serve --state``: what an emulator holds as a file."""

import errno
import io
import json
import os
import sys
from pathlib import Path

import httpx
import pytest

from resolver.cli import main
from tests.emulator.client import ALICE, CONTROL, PROFILES, STORE
from tests.emulator.serving import serving

ADA = {"traits": {"Contact": {"email": "ada@example.com", "firstName": "Ada"}}}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return a database of an emulator that was stopped."""
    path = tmp_path / "store.db"
    with serving("--db", str(path)) as (url, _), httpx.Client(base_url=url, auth=ALICE) as client:
        assert client.post(PROFILES, json=ADA).status_code == 202
        assert client.post(CONTROL, json={"displayName": "second"}).status_code == 202
    return path


def stores(*arguments: str) -> object:
    with serving(*arguments) as (url, _), httpx.Client(base_url=url, auth=ALICE) as client:
        return client.get("/_emulator/dump").json()["stores"]


def test_a_state_goes_out_of_a_database_and_into_others(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = stores("--db", str(database))
    document, copy = tmp_path / "state.json", tmp_path / "copy.db"
    assert main(["state", "export", "--db", str(database), "--out", str(document)]) == 0
    assert document.stat().st_mode & 0o777 == 0o600
    assert main(["state", "export", "--db", str(database)]) == 0
    assert capsys.readouterr().out == document.read_text(encoding="utf-8")
    assert main(["state", "import", str(document), "--db", str(copy)]) == 0
    assert capsys.readouterr().out == f"{copy}: 2 stores with 1 profile\n"
    assert stores("--db", str(copy)) == stores("--state", str(document)) == expected
    assert stores("--state", str(document), "--db", str(tmp_path / "third.db")) == expected


def test_a_dash_is_standard_output(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-").write_text("mine", encoding="utf-8")
    assert main(["state", "export", "--db", str(database)]) == 0
    expected = capsys.readouterr().out
    assert main(["state", "export", "--db", str(database), "--out", "-"]) == 0
    assert capsys.readouterr().out == expected
    assert (tmp_path / "-").read_text(encoding="utf-8") == "mine"


def test_a_document_comes_from_standard_input(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["state", "export", "--db", str(database)]) == 0
    text = capsys.readouterr().out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert main(["state", "import", "-", "--db", str(tmp_path / "copy.db")]) == 0
    assert main(["state", "export", "--db", str(tmp_path / "copy.db")]) == 0
    assert json.loads(capsys.readouterr().out.partition("\n")[2]) == json.loads(text)


def test_nothing_is_lost_unless_it_is_asked_for(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "state.json"
    assert main(["state", "export", "--db", str(database), "--out", str(document)]) == 0
    with serving("--db", str(database)) as (url, _), httpx.Client(base_url=url, auth=ALICE) as client:
        assert client.post(PROFILES, json={"traits": {"Contact": {"email": "b@example.com"}}}).status_code == 202
        assert main(["state", "export", "--db", str(database)]) == 2
        assert main(["state", "import", str(document), "--db", str(database), "--replace"]) == 2
    capsys.readouterr()
    assert main(["state", "import", str(document), "--db", str(database)]) == 2
    assert capsys.readouterr().err == (
        f"resolver: {database}: there is a database; with --replace it loses what it holds\n"
    )
    again = tmp_path / "again.json"
    assert main(["state", "export", "--db", str(database), "--out", str(document)]) == 2
    assert "there is such a file; expected the name of a new one" in capsys.readouterr().err
    assert main(["state", "import", str(document), "--db", str(database), "--replace"]) == 0
    assert main(["state", "export", "--db", str(database), "--out", str(again)]) == 0
    assert again.read_bytes() == document.read_bytes()
    with serving("--db", str(database)) as (url, _), httpx.Client(base_url=url, auth=ALICE) as client:
        assert len(client.get(PROFILES).json()["profiles"]) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["state", "export", "--db", "no-such.db"], "no-such.db: there is no such database"),
        (["state", "export", "--db", "."], "this is a folder; expected the name of a file"),
        (["state", "import", "no-such.json", "--db", "new.db"], "no-such.json"),
        (["state", "import", "wrong.json", "--db", "new.db"], "wrong.json: this is no state"),
        (["serve", "--port", "0", "--state", "wrong.json", "--db", "new.db"], "wrong.json: this is no state"),
        (["serve", "--port", "0", "--state", "no-such.json", "--db", "new.db"], "no-such.json"),
        (["serve", "--port", "0", "--state", "right.json", "--seed", "history.jsonl"], "state and seed: expected one"),
    ],
)
def test_what_cannot_be_read_is_one_clear_line_and_leaves_no_database(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "wrong.json").write_text("{}")
    (tmp_path / "right.json").write_text('{"resolverState":1,"number":0,"deleted":[],"stores":[]}')
    (tmp_path / "history.jsonl").write_text("")
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "new.db").exists()


def test_a_state_without_stores_has_the_first_store_that_there_always_is(tmp_path: Path) -> None:
    document = tmp_path / "empty.json"
    document.write_text('{"resolverState":1,"number":0,"deleted":[],"stores":[]}')
    with serving("--state", str(document)) as (url, _), httpx.Client(base_url=url, auth=ALICE) as client:
        assert client.get(CONTROL).json()["stores"] == [STORE]


def test_nothing_is_left_of_a_document_that_cannot_be_written(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fdopen

    class Full(io.BytesIO):
        def flush(self) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    def opened(number: int, mode: str) -> object:
        if mode != "wb":
            return real(number, mode)
        os.close(number)
        return Full()

    monkeypatch.setattr("resolver.cli.state.os.fdopen", opened)
    assert main(["state", "export", "--db", str(database), "--out", str(tmp_path / "state.json")]) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert not (tmp_path / "state.json").exists()
