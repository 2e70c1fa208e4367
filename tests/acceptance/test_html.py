"""The page in a real browser: what it runs, what it shows, what can be opened."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from report.sample import RICH
from report.sample_smoke import ROLLED_BACK, smoke_with

from flowguard.model.results import Report
from flowguard.report.html import render

OWN = "document.documentElement.dataset.owned='yes'"
ATTACKS = (
    f"<script>{OWN}</script>",
    f'</td></pre></details><img src=x onerror="{OWN}">',
    f'" onmouseover="{OWN}" autofocus onfocus="{OWN}" x="',
    f'\'><svg onload="{OWN}">',
    f"--></style></title><script>{OWN}</script>",
    f"javascript:{OWN}",
)
PROBE = """
<script>
const box = e => e.getBoundingClientRect();
const bars = [...document.querySelectorAll('.waterfall span')];
const details = [...document.querySelectorAll('details')];
details.forEach(d => d.open = true);
const seen = {
  bars: bars.map(e => [box(e).width, box(e).left - box(e.parentElement).left]),
  rows: bars.map(e => box(e.parentElement).width),
  wide: document.documentElement.scrollWidth - window.innerWidth,
  details: details.map(d => {
    const heights = [];
    for (let i = 0; i < 2; i++) {
      d.querySelector('summary').click();
      heights.push([d.open, box(d).height]);
    }
    return heights;
  }),
};
const out = document.createElement('pre');
out.id = 'probe';
out.textContent = JSON.stringify(seen);
document.body.append(out);
</script>
"""
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


def browse(page: str, folder: Path, *options: str) -> str:
    """What Chromium has made of a page once its scripts have run."""
    program = shutil.which("chromium")
    assert program, "chromium is not in PATH: install the Debian package chromium"
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    done = subprocess.run(
        [
            *(program, "--headless", "--no-sandbox", "--disable-gpu"),
            *(f"--user-data-dir={folder / 'profile'}", "--window-size=1200,900"),
            *(*options, "--dump-dom", path.as_uri()),
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=100,
    )
    return done.stdout


def probed(report: Report, folder: Path) -> dict[str, Any]:
    """Where things are on the page; a script of ours looks, which its policy forbids."""
    page = POLICY.sub("", render(report)).replace("</body>", f"{PROBE}</body>")
    found = re.search(r'<pre id="probe">(.*?)</pre>', browse(page, folder), re.DOTALL)
    assert found
    seen: dict[str, Any] = json.loads(html.unescape(found[1]))
    return seen


@pytest.mark.parametrize("policy", [True, False], ids=["policy", "escaping alone"])
def test_no_script_of_a_hostile_report_runs(tmp_path: Path, policy: bool) -> None:
    page = render(smoke_with("\n".join(ATTACKS)))

    shown = browse(page if policy else POLICY.sub("", page), tmp_path)

    start = re.search(r"<html[^>]*>", shown)
    assert start
    assert "data-owned" not in start[0]
    assert "dataset.owned" in shown
    assert "<script" not in shown
    assert "<img" not in shown


def test_such_a_script_would_be_seen(tmp_path: Path) -> None:
    """Or the test above would prove nothing."""
    shown = browse(f"<html><body>{ATTACKS[0]}</body></html>", tmp_path)

    assert 'data-owned="yes"' in shown


def test_waterfall_has_bars_that_are_seen(tmp_path: Path) -> None:
    seen = probed(ROLLED_BACK, tmp_path)

    widths = [width for width, _ in seen["bars"]]
    lefts = [left for _, left in seen["bars"]]
    assert len(widths) == 5
    assert min(widths) >= 2
    assert widths[3] == max(widths) == pytest.approx(seen["rows"][3] * 0.1333, rel=0.01)
    assert lefts == sorted(lefts)
    assert all(
        left + width <= row + 3
        for (width, left), row in zip(seen["bars"], seen["rows"], strict=True)
    )


@pytest.mark.parametrize("report", [RICH, ROLLED_BACK], ids=["preflight", "rollback"])
def test_details_open_and_close(tmp_path: Path, report: Report) -> None:
    seen = probed(report, tmp_path)

    assert seen["details"]
    for (closed, low), (opened, high) in seen["details"]:
        assert not closed
        assert opened
        assert high > low
    assert seen["wide"] <= 0
