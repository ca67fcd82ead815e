"""Measure our progress map in Chromium beside plain Folium maps of the same data, interleaved; see README.md.

Run by hand from the project's folder: ``.venv/bin/python -m bench.maps --keep FOLDER``.
"""

from __future__ import annotations

import shlex
import signal
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path

import click
from playwright.sync_api import Browser, Page, sync_playwright

from bench.data import Size, SizeMismatchError, add_works, connect, database
from bench.map_peer import FIELDS, features, folium_page, serving
from bench.map_visit import Map, Visit, Wire, summary, visit
from bench.report import machine_description
from bench.run import interrupt, kept_or_new
from bench.servers import Server, ServerError, free_port, ours, started
from bench.words import say
from geo.errors import StoreUnavailableError
from geo.store.cluster import PrivateCluster

HERE = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
OURS, SEGMENTS, BOTH = "ours", "folium", "folium with reports"
# A change that turns the colour of its segment each time it is made.
ONE_MORE = """
UPDATE tasks SET blocked_reason = CASE WHEN blocked_reason IS NULL THEN '管线迁改未完成' END
WHERE id = (SELECT min(id) FROM tasks WHERE segment_id LIKE 'bench-%' AND coalesce(progress_percent, 0) < 100)
"""
MACHINE = ("machine", "PostgreSQL", "PostGIS", "Python", "ours")
ROWS = (
    ("transferred, compressed (kB)", "bytes", 1000),
    ("drawn after (ms)", "drawn_ms", 1),
    ("JavaScript heap (MB)", "heap_mb", 1),
    ("frame while panning, median (ms)", "pan_ms", 1),
    ("frame while panning, 95 % (ms)", "pan_p95_ms", 1),
    ("frame while zooming, median (ms)", "zoom_ms", 1),
    ("frame while zooming, 95 % (ms)", "zoom_p95_ms", 1),
)


@click.command()
@click.option("--reports", default=1_000_000, show_default=True, type=click.IntRange(10_000), help="Rows of reports.")
@click.option("--segments", default=20_000, show_default=True, type=click.IntRange(500), help="Rows of segments.")
@click.option("--peer-reports", default=20_000, show_default=True, type=click.IntRange(0), help="Of them in Folium.")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1, 20), help="Visits to each page.")
@click.option("--keep", type=click.Path(path_type=Path), help="Folder of the filled cluster: kept, and used again.")
@click.option("--output", type=click.Path(path_type=Path), default=HERE / "MAPS.md", help="File to write.")
def main(*, reports: int, segments: int, peer_reports: int, rounds: int, keep: Path | None, output: Path) -> None:
    """Measure our progress map beside plain Folium pages of the same segments, and write the table of results."""
    size = Size(reports, segments)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        with (
            kept_or_new(keep) as home,
            database(home, size) as cluster,
            tempfile.TemporaryDirectory(prefix="erqi-bench-") as folder,
        ):
            add_works(cluster)
            with started(ours("ours", cluster, {}), free_port(), Path(folder)) as server:
                text = _measured(cluster, server, size, peer_reports, rounds)
    except (ServerError, SizeMismatchError, StoreUnavailableError) as error:
        raise click.ClickException(str(error)) from error
    output.write_text(text, encoding="utf-8")
    say(f"written: {output}")
    click.echo(text)


def _measured(cluster: PrivateCluster, server: Server, size: Size, peer_reports: int, rounds: int) -> str:
    """Make the peer's pages, visit all of them in turn, and return the report."""
    say("read the features for the peer")
    lines = features(server.base, "segment_progress", [*FIELDS, "colour"], size.segments)
    points = features(server.base, "reports", ["kind_zh", "note"], peer_reports)
    pages = {"/segments": folium_page(lines, []), "/both": folium_page(lines, points)}
    with serving(pages) as peer, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        maps = [
            Map(
                OURS, f"{server.base}/maps/progress?window=all", "document.documentElement.dataset.erqiDrawn === 'yes'"
            ),
            Map(SEGMENTS, f"{peer}/segments", _paths(len(lines))),
            Map(BOTH, f"{peer}/both", _paths(len(lines) + len(points))),
        ]
        visits: dict[str, list[Visit]] = {each.name: [] for each in maps}
        first = visit(browser, maps[0])  # the server's cache is empty: told apart
        for number in range(rounds):
            for shown in (*maps[number % 3 :], *maps[: number % 3]):
                say(f"round {number + 1}: {shown.name}")
                visits[shown.name].append(visit(browser, shown))
        shell, again = _refreshed(browser, maps[0], cluster)
        chromium = browser.version
        browser.close()
    sizes = {name: len(pages[path]) for name, path in ((SEGMENTS, "/segments"), (BOTH, "/both"))}
    with connect(cluster) as connection:
        machine = machine_description(connection)
    found = {name: summary(each) for name, each in visits.items()}
    return _report(found, first, shell, again, sizes, size, len(points), rounds, machine, chromium)


def _paths(number: int) -> str:
    """Return the sign that Leaflet has put so many paths into the page."""
    return f"document.getElementsByTagName('path').length >= {number}"


def _refreshed(browser: Browser, shown: Map, cluster: PrivateCluster) -> tuple[float, dict[str, float]]:
    """Return the bytes of the page itself, and what is sent when nothing, and when one task, has changed."""
    found: dict[str, float] = {}
    shell = 0.0

    def then(page: Page, wire: Wire) -> None:
        nonlocal shell
        shell = page.evaluate("performance.getEntriesByType('navigation')[0].encodedBodySize")
        found["loaded again, nothing changed"] = wire.during(page.reload, page)
        found["refreshed, nothing changed"] = wire.during(lambda: page.evaluate("erqi.refresh()"), page)
        with connect(cluster) as connection:
            connection.execute(ONE_MORE)
        found["refreshed, one segment changed"] = wire.during(lambda: page.evaluate("erqi.refresh()"), page)

    visit(browser, shown, then=then)
    return shell, found


def _report(
    found: Mapping[str, Mapping[str, float]],
    first: Visit,
    shell: float,
    again: Mapping[str, float],
    sizes: Mapping[str, int],
    size: Size,
    points: int,
    rounds: int,
    machine: Mapping[str, str],
    chromium: str,
) -> str:
    """Write the table with ratios, and what the page weighs."""
    command = shlex.join(["python", "-m", "bench.maps", *sys.argv[1:]])
    names = (OURS, SEGMENTS, BOTH)
    head = f"| | ours: {size.segments:,} segments, {size.reports:,} reports | Folium: {size.segments:,} segments |"
    head += f" Folium: {size.segments:,} segments, {points:,} reports | Folium (segments) : ours |"
    lines = [head, "|---|---:|---:|---:|---:|"]
    for title, key, unit in ROWS:
        values = [found[name][key] / unit for name in names]
        lines.append(
            f"| {title} | " + " | ".join(f"{value:,.1f}" for value in values) + f" | {values[1] / values[0]:.1f} |"
        )
    plain = [f"{sizes[name] / 1000:,.0f}" for name in (SEGMENTS, BOTH)]
    ratio = sizes[SEGMENTS] / found[OURS]["bytes"]
    lines.append(f"| transferred if the file is sent as it is saved (kB) | | {plain[0]} | {plain[1]} | {ratio:.1f} |")
    weights = [f"- the page itself (compressed): {shell / 1000:.1f} kB"]
    weights += [f"- {title}: {value / 1000:.1f} kB" for title, value in again.items()]
    return "\n".join(
        [
            "# Maps: measured",
            "",
            f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC, `{command}`",
            "",
            f"Medians of {rounds} visits to each page, one after the other, each with an empty browser cache.",
            "",
            *(f"- {name}: {machine[name]}" for name in MACHINE),
            f"- Chromium: {chromium}",
            "",
            *lines,
            "",
            f"The first visit of all, when our server had kept no tile yet: drawn after {first.drawn_ms:,.0f} ms.",
            "",
            "Our page:",
            "",
            *weights,
            "",
        ]
    )


if __name__ == "__main__":
    main()
