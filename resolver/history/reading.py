"""Reading options: what the reader of every format is told about one history."""

from collections.abc import Collection

import attrs

from resolver.history.columns import Columns
from resolver.history.ignored import Ignored
from resolver.history.source import Source
from resolver.history.times import Times
from resolver.names import IdType


@attrs.frozen
class Reading:
    """The bytes, how to understand them, and where to note what nothing reads and what it may have been meant for."""

    source: Source
    times: Times = attrs.field(factory=Times, kw_only=True)
    columns: Columns = attrs.field(factory=dict, kw_only=True)
    id_types: Collection[IdType] | None = attrs.field(default=None, kw_only=True)
    gzipped: bool = attrs.field(default=False, kw_only=True)
    ignored: Ignored = attrs.field(factory=Ignored, kw_only=True)
    near: dict[IdType, str] = attrs.field(factory=dict, kw_only=True)
