"""The JDK's HTTP client: the example of docs/clients.md is run as it stands there."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from resolver.testing import Emulator
from tests.npm import without

CLIENTS = Path(__file__).parents[3] / "docs" / "clients.md"


@pytest.fixture
def example(tmp_path: Path) -> Path:
    if shutil.which("java") is None or shutil.which("javac") is None:
        without("a JDK is needed to drive its HTTP client; apt-get install default-jdk-headless")
    (source,) = re.findall(r"```java\n(.*?)```", CLIENTS.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "Memory.java"
    path.write_text(source, encoding="utf-8")
    return path


def run(example: Path, url: str) -> subprocess.CompletedProcess[str]:
    command = ["java", "-XX:TieredStopAtLevel=1", str(example), url]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def test_the_example_of_the_docs_prints_what_they_say(emulator: Emulator, example: Path) -> None:
    done = run(example, emulator.url)
    assert done.returncode == 0, done.stderr
    (expected,) = re.findall(r"It prints `(.*?)`", CLIENTS.read_text(encoding="utf-8"))
    assert json.loads(done.stdout) == json.loads(expected)
    asked = [(each["method"], each["status"]) for each in emulator.requests()]
    assert asked == [("POST", 202), ("POST", 202), ("PATCH", 202), ("GET", 200)]


def test_it_follows_a_merged_profile_to_the_canonical_one(emulator: Emulator, example: Path) -> None:
    profiles = f"/v1/Stores/{emulator.store_id}/Profiles"

    def create(**contact: str) -> str:
        made: str = emulator.http.post(profiles, json={"traits": {"Contact": contact}}).json()["id"]
        return made

    ada, call = create(chat="ada"), create(phone="317-555-6789")
    joined = emulator.http.post(f"{profiles}/{call}/Identifiers", json={"idType": "phone", "value": "317-555-0000"})
    assert joined.status_code == 202
    emulator.http.post(f"{profiles}/{ada}/Identifiers", json={"idType": "phone", "value": "317-555-6789"})
    source = example.read_text(encoding="utf-8")
    for before, after in (
        (r"String id = .*", f'String id = "{call}";'),
        (r"Ada@Example.com", "nobody@example.com"),
        (r'ask\("PATCH", (.*)/email"', r'ask("POST", \1"'),
        (r'"oldValue.*"newValue"', '"value"'),
    ):
        source, number = re.subn(before, after, source)
        assert number == 1, before
    example.write_text(source, encoding="utf-8")
    done = run(example, emulator.url)
    assert done.returncode == 0, done.stderr
    found = {each["idType"]: each["values"] for each in json.loads(done.stdout)["identifiers"]}
    assert (found["chat"], found["email"]) == (["ada"], ["ada@example.org"])
    assert [each["status"] for each in emulator.requests(path=f"*{call}*")][-3:] == [308, 308, 301]
