"""What a person would see of a page: its size, what sticks out or overlaps, how large text and targets are."""

from typing import Any

WIDTHS = (1440, 768, 390)

STICKING_OUT = """
// Elements that reach out of the page or of the box they are in, and text that has no room.
const seen = (each) => each.checkVisibility({visibilityProperty: true}) && !each.closest('.unseen, .printed');
const scrolls = (each) => each.closest('.scrolls');
const out = [];
for (const each of document.querySelectorAll('body *')) {
  if (!seen(each) || each.closest('svg') || each.tagName === 'NOSCRIPT') continue;
  const box = each.getBoundingClientRect();
  if (box.width === 0 || box.height === 0) continue;
  const name = `${each.tagName}.${each.className} ${each.textContent.slice(0, 40)}`;
  if (!scrolls(each) && (box.left < -0.5 || box.right > innerWidth + 0.5)) out.push(`page: ${name}`);
  const text = [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (text && !['SELECT', 'OPTION'].includes(each.tagName) && each.scrollWidth > each.clientWidth + 1
      && getComputedStyle(each).display !== 'inline') out.push(`text: ${name}`);
  const parent = each.closest('.box, .panel, .card, .list button, section');
  if (parent && parent !== each && !scrolls(each)) {
    const around = parent.getBoundingClientRect();
    if (box.left < around.left - 1 || box.right > around.right + 1) out.push(`box: ${name}`);
  }
}
return out;
"""

OVERLAPPING = """
// Pairs of some elements whose boxes have more than a hair's breadth in common.
const seen = (each) => each.checkVisibility() && !each.closest('.printed');
const boxes = [...document.querySelectorAll(arguments[0])].filter(seen)
  .map((each) => [each.textContent.slice(0, 40), each.getBoundingClientRect()]);
const found = [];
boxes.forEach(([name, one], place) => boxes.slice(place + 1).forEach(([other, two]) => {
  const across = Math.min(one.right, two.right) - Math.max(one.left, two.left);
  const down = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
  if (across > 1 && down > 1) found.push(`${name} / ${other}`);
}));
return found;
"""

SMALLEST_TEXT = """
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let least = Infinity;
while (walker.nextNode()) {
  const each = walker.currentNode.parentElement;
  const isSeen = each.checkVisibility() && !each.closest('.printed, .unseen, noscript');
  if (!walker.currentNode.data.trim() || !isSeen) continue;
  let size = parseFloat(getComputedStyle(each).fontSize);
  const drawing = each.closest('svg');
  if (drawing) size *= drawing.getScreenCTM().a;
  least = Math.min(least, size);
}
return least;
"""

SMALL_TARGETS = """
const small = [];
for (const each of document.querySelectorAll('button, a, select, input, summary')) {
  if (!each.checkVisibility() || each.closest('.printed')) continue;
  const box = each.getBoundingClientRect();
  const name = `${each.tagName} ${each.textContent.slice(0, 30)} ${box.width}x${box.height}`;
  if (box.height < arguments[0] - 0.5 || box.width < 24) small.push(name);
}
return small;
"""


def resize(driver: Any, width: int, height: int = 900) -> None:
    """Make the window as wide as it was asked for; a headless one is never narrower than 500 pixels otherwise."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def sticking_out(driver: Any) -> list[str]:
    """Return what reaches out of the page, of its box, or of the room that its text has."""
    found: list[str] = driver.execute_script(STICKING_OUT)
    return found


def overlapping(driver: Any, selector: str) -> list[str]:
    """Return the pairs of elements that lie over one another."""
    found: list[str] = driver.execute_script(OVERLAPPING, selector)
    return found


def smallest_text(driver: Any) -> float:
    """Return the size of the smallest text that is shown, in pixels."""
    return float(driver.execute_script(SMALLEST_TEXT))


def small_targets(driver: Any, least: int) -> list[str]:
    """Return what can be pressed and is less than *least* pixels high."""
    found: list[str] = driver.execute_script(SMALL_TARGETS, least)
    return found
