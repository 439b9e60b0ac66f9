"""Engines to run on: Spark in this process with two tasks, and Sail, which speaks Spark Connect and needs no Java.

Where one is missing its tests are skipped; with ``CI`` set they fail. Both share one folder for their work.
"""

import importlib
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def _needed(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        _missing(f"{error}; expected pip install 'idresolver[spark]' pysail")


def _missing(why: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


def _prepare() -> None:
    """Let workers use this Python, and find the package and these tests."""
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    paths = [str(ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))


@pytest.fixture(scope="module")
def classic() -> Iterator[Any]:
    """Spark in a JVM of its own, whose tasks may fail three times."""
    sql = _needed("pyspark.sql")
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        _missing("there is no Java; expected a JRE of version 17 at least (apt install default-jre-headless)")
    _prepare()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        options = {
            "spark.driver.memory": "1g",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.sql.shuffle.partitions": "2",
            "spark.ui.enabled": "false",
            "spark.sql.execution.arrow.maxRecordsPerBatch": "500",
            "spark.log.level": "ERROR",
            "spark.ui.showConsoleProgress": "false",
        }
        builder = sql.SparkSession.builder.master("local[2,3]")
        for name, value in options.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        yield session
        session.stop()


@pytest.fixture(scope="session")
def sail() -> Iterator[Any]:
    """Sail, in this process, over Spark Connect."""
    server_module, sql = _needed("pysail.spark"), _needed("pyspark.sql")
    _prepare()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = server_module.SparkConnectServer("127.0.0.1", 0)
        server.start(background=True)
        _, port = server.listening_address
        session = sql.SparkSession.builder.remote(f"sc://127.0.0.1:{port}").create()
        yield session
        session.stop()
        server.stop()


@pytest.fixture
def work(tmp_path: Path) -> str:
    """A folder for stages."""
    return str(tmp_path / "work")
