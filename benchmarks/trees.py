"""The source of a commit in a folder of its own, with the benchmarks of the newer side."""

import io
import shutil
import subprocess
import tarfile
from pathlib import Path


class NoSuchCommitError(ValueError):
    """The name is neither a folder nor a commit of this repository."""


def tree(name: str, folder: Path) -> Path:
    """Return a folder with the source that *name* means: a folder as it is, or a commit, unpacked into *folder*."""
    given = Path(name)
    if (given / "resolver").is_dir():
        return given.resolve()
    packed = subprocess.run(["git", "archive", "--format=tar", f"{name}^{{tree}}"], capture_output=True, check=False)
    if packed.returncode:
        raise NoSuchCommitError(f"{name!r} is neither a folder with resolver/ in it nor a commit of this repository")
    folder.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def with_benchmarks_of(newer: Path, source: Path, folder: Path) -> Path:
    """Return a folder with the package of *source* and the benchmarks of *newer*: both sides run the same ones.

    Where *newer* is an installed package, which has none, they are those of this checkout.
    """
    folder.mkdir(parents=True)
    if not (newer / "benchmarks").is_dir():
        newer = Path(__file__).parents[1]
    leave_out = shutil.ignore_patterns("__pycache__", "results")
    shutil.copytree(source / "resolver", folder / "resolver", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(newer / "benchmarks", folder / "benchmarks", ignore=leave_out)
    return folder
