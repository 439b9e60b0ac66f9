"""axe-core, which finds what people with a screen reader or a keyboard, or with weak eyes, would stumble over."""

from typing import Any

from tests.npm import installed

AXE = "axe-core@4.14.1"

RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ['violations', 'incomplete']}).then(({violations}) => done(violations.map((each) =>
  `${each.id}: ${each.help}: ${each.nodes.map((node) => node.html + ' ' + node.failureSummary).join(' | ')}`)));
"""


def violations(driver: Any) -> list[str]:
    """Return what axe-core finds wrong with the open page."""
    script = installed(AXE) / "node_modules" / "axe-core" / "axe.min.js"
    driver.execute_script(script.read_text(encoding="utf-8"))
    found: list[str] = driver.execute_async_script(RUN)
    return found
