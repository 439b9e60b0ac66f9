"""The pytest fixture, as its users have it: the example of docs/clients.md is run as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from resolver.testing import Emulator

CLIENTS = Path(__file__).parents[3] / "docs" / "clients.md"


def test_the_example_of_the_docs_passes(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", CLIENTS.read_text(encoding="utf-8"), re.DOTALL)
    plugin, test, top = (
        next(block for block in blocks if word in block)
        for word in ("pytest_plugins", "def test_a_claimed", "Identifier, ProfileData =")
    )
    (tmp_path / "conftest.py").write_text(plugin, encoding="utf-8")
    (tmp_path / "test_example.py").write_text(f"{top}\n{test}", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_it_is_empty_for_each_test_and_gives_clients_that_are_set_up(emulator: Emulator) -> None:
    body = {"traits": {"Contact": {"email": "ada@example.com"}}}
    assert emulator.client.memory.v1.profiles(emulator.store_id).list() == []
    made = emulator.http.post(f"/v1/Stores/{emulator.store_id}/Profiles", json=body).json()["id"]
    assert emulator.client.memory.v1.profiles(emulator.store_id).list() == [made]


def test_a_server_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import uvicorn

    from resolver.emulator.running import running_emulator

    monkeypatch.setattr(uvicorn.Server, "run", lambda *_, **__: None)
    with pytest.raises(RuntimeError, match="did not start"), running_emulator():
        pass
