"""Packages: pyspark and what it needs, imported when a function of this package is called, and no earlier."""

import importlib
import sys
from types import ModuleType
from typing import Any

EXPECTED = "pip install 'idresolver[spark]'"


def functions() -> Any:
    """Return ``pyspark.sql.functions``; ``ImportError`` says how to install it."""
    return _imported("pyspark.sql.functions")


def sessions() -> Any:
    """Return the class ``SparkSession`` of ``pyspark.sql``; ``ImportError`` says how to install it."""
    return _imported("pyspark.sql").SparkSession


def engine_errors() -> tuple[type[Exception], ...]:
    """Return the class of the errors that an engine raises, if pyspark was imported; else none."""
    errors = sys.modules.get("pyspark.errors")
    return () if errors is None else (errors.PySparkException,)


def arrow() -> Any:
    """Return pyarrow; ``ImportError`` says how to install it."""
    _imported("pyarrow.compute")
    return _imported("pyarrow")


def numpy() -> Any:
    """Return numpy; ``ImportError`` says how to install it."""
    return _imported("numpy")


def pickled(value: object) -> bytes:
    """Return what workers get of a value, such as a function; whatever error says that it cannot be sent."""
    sent: bytes = _imported("pyspark.cloudpickle").dumps(value)
    return sent


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        raise ImportError(
            f"replays on Spark need {package}, which is not installed in this Python; {EXPECTED}, on the driver and on "
            "all workers"
        ) from error
