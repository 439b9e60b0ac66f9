"""The scatter of a sweep in plain text: ``#`` for settings that no other beats, ``o`` for the rest."""

from resolver.simulate.summary import LABELS
from resolver.simulate.sweep import Sweep
from resolver.simulate.sweep.front import Objective, figures
from resolver.simulate.sweep.scale import Scale, told

WIDTH, HEIGHT = 60, 12


def drawn(found: Sweep) -> str:
    """Give the chart, its second objective upwards and its first to the right."""
    points = [(*figures(row.measures, found.objectives), row.on_front) for row in found.rows]
    across, up = Scale.around([x for x, _, _ in points]), Scale.around([y for _, y, _ in points])
    cells: dict[tuple[int, int], bool] = {}
    for x, y, on_front in points:
        place = (round(up.share(y) * HEIGHT), round(across.share(x) * WIDTH))
        cells[place] = cells.get(place, False) or on_front
    ticks = {round(up.share(tick) * HEIGHT): told(tick) for tick in up.ticks}
    margin = max(map(len, ticks.values()))
    one, other = found.objectives
    lines = [f"{_name(other)}   # not beaten   o beaten"]
    for row in range(HEIGHT, -1, -1):
        marks = "".join(_mark(cells.get((row, column))) for column in range(WIDTH + 1)).rstrip()
        lines.append(f"{ticks.get(row, ''):>{margin}} |{marks}")
    low, high = told(across.ticks[0]), told(across.ticks[-1])
    lines.append(f"{'':>{margin}} +{'-' * (WIDTH + 1)}")
    lines.append(f"{'':>{margin}}  {low}{_name(one):^{WIDTH - len(low) - len(high)}}{high}")
    return "\n".join(lines)


def _name(objective: Objective) -> str:
    return LABELS.get(objective.measure, objective.measure)


def _mark(on_front: bool | None) -> str:
    if on_front is None:
        return " "
    return "#" if on_front else "o"
