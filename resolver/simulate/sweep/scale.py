"""Scales: round numbers along an axis, around the figures that it shows.

>>> Scale.around([3, 41]).ticks
(0, 10, 20, 30, 40, 50)
"""

import math
from collections.abc import Sequence

import msgspec

_STEPS = (1, 2, 2.5, 5, 10)


class Scale(msgspec.Struct, frozen=True):
    """An axis from its first tick to its last."""

    ticks: tuple[float, ...]

    @classmethod
    def around(cls, figures: Sequence[float], *, most: int = 6) -> "Scale":
        """Return at most about *most* round ticks, with all figures between the first and the last."""
        low, high = min(figures), max(figures)
        if high - low <= max(abs(high), 1.0) * 1e-6:  # as good as one figure
            room = abs(low) * 0.1 if abs(low) > 1e-3 else 1.0
            low, high = low - room, high + room
        rough = (high - low) / (most - 1)
        power = 10 ** math.floor(math.log10(rough))
        step = next(factor * power for factor in _STEPS if factor * power >= rough * 0.999)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        return cls(tuple(_round(step * place) for place in range(first, last + 1)))

    def share(self, figure: float) -> float:
        """Return where a figure lies, from 0 at the first tick to 1 at the last."""
        return (figure - self.ticks[0]) / (self.ticks[-1] - self.ticks[0])


def _round(tick: float) -> float:
    near = round(tick, 9)
    return int(near) if near == int(near) else near


def told(figure: float) -> str:
    """Return a figure as an axis shows it.

    >>> told(1200), told(0.8123456)
    ('1,200', '0.8123')
    """
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:,.4g}"
