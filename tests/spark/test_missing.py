"""Nothing of Spark is imported before it is asked for, and what is missing is named with how to install it."""

import subprocess
import sys

import pytest

from resolver import InvalidSettings
from resolver.spark.packages import arrow, functions, numpy
from resolver.spark.sweep import sweep


def test_the_package_is_imported_without_the_libraries_of_spark() -> None:
    program = (
        "import sys, resolver.spark; "
        "print({'pyspark', 'pyarrow', 'numpy', 'pandas', 'grpc'} & {name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("name", "imported"),
    [("pyspark", functions), ("pyarrow", arrow), ("numpy", numpy)],
    ids=["pyspark", "arrow", "numpy"],
)
def test_a_library_that_is_missing_is_named(name: str, imported: object, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [each for each in sys.modules if each.partition(".")[0] == name]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, name, None)
    assert callable(imported)
    with pytest.raises(ImportError, match=rf"^replays on Spark need {name}, .*; pip install 'idresolver\[spark\]'"):
        imported()


def test_suspects_are_no_axis_of_a_sweep_on_spark_and_the_command_that_lists_them_is_named() -> None:
    with pytest.raises(InvalidSettings, match="resolver suspects --write-blocked FILE"):
        sweep(None, {"axes": {"policies.blocked": [[], "suspects:5"]}}, work="nowhere")
