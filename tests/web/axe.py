"""What axe finds on a page as it stands, its frames included, that is serious or critical."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = (Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
RUN = """async () => (await axe.run({ resultTypes: ["violations"] })).violations
  .filter((each) => ["serious", "critical"].includes(each.impact))
  .map((each) => [each.id, ...each.nodes.map((node) => node.html.slice(0, 200))])"""


def serious(page: Page, state: str) -> list[Any]:
    """Return the findings, each with the name of the state and the elements."""
    for frame in page.frames:
        frame.evaluate(f"() => {{ {AXE} }}")
    return [[state, *each] for each in page.evaluate(RUN)]
