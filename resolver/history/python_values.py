"""Python values: what numpy, pandas and others put into a record, as the plain values that a JSON line has.

Neither library is imported: a value of theirs can only be there if somebody else has done so.

>>> plain(float("nan")), plain("ada"), plain(5), plain([1, "x"])
(None, 'ada', 5, [1, 'x'])
"""

import math
import sys
from datetime import datetime
from decimal import Decimal
from typing import Any

_PLAIN = frozenset({str, int, bool, list, tuple, dict, type(None)})


def plain(value: object) -> object:
    """Return a value as plain Python has it, and None for each that stands for a missing one.

    Missing are None, every NaN, and ``NaT`` and ``NA`` of pandas and numpy. Scalars of numpy become int, str, bool,
    float or a naive ``datetime``, arrays of one dimension and pandas Series lists, subclasses of str a str. Any other
    value is returned as it is.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        return None if math.isnan(value) else float(value)
    if isinstance(value, Decimal):
        return None if value.is_nan() else value
    if value is _known("pandas", "NA") or value is _known("pandas", "NaT"):
        return None
    if isinstance(value, _known("numpy", "generic") or ()):
        return _scalar(value)
    if isinstance(value, (_known("numpy", "ndarray") or _Nothing, _known("pandas", "Series") or _Nothing)):
        return _listed(value)
    return value


class _Nothing:
    """Stands for a class of a library that nobody has imported."""


def _known(library: str, name: str) -> Any:
    """Return a name of a library if that is loaded, else None."""
    return getattr(sys.modules.get(library), name, None)


def _scalar(value: Any) -> object:
    """Return a scalar of numpy as Python has it; what Python has nothing for as it is."""
    kind = value.dtype.kind
    if kind == "m":
        return None if value != value else value
    if kind == "M":  # its item() counts nanoseconds where it is that precise, which would be read as milliseconds
        moment = value.astype("datetime64[us]").item()
        return moment if moment is None or isinstance(moment, datetime) else value
    if kind == "f":  # the longest kind has no equal in Python
        return None if value != value else float(value)
    return value.item() if kind in "biuU" else value


def _listed(value: Any) -> object:
    items = value.tolist()
    return items if isinstance(items, list) else plain(items)
