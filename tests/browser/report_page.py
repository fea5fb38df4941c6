"""A page of the HTML report in headless Chromium, from disk and without a network.

Arguments of every test here: --chromium PATH --pages DIRECTORY, then unittest's own.
"""

import argparse
import json
import pathlib
import sys
import unittest

from playwright.sync_api import sync_playwright


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--pages", type=pathlib.Path, required=True)
    return parser.parse_known_args()


OPTIONS, REMAINING = options()


def load(name, suffix="json"):
    return json.loads((OPTIONS.pages / f"{name}.{suffix}").read_text(encoding="utf-8"))


class PageTest(unittest.TestCase):
    """Opens a fresh page a test; whatever the page says on the console or asks of a network fails the test."""

    @classmethod
    def setUpClass(cls):
        cls.playwright = sync_playwright().start()
        cls.browser = cls.playwright.chromium.launch(executable_path=OPTIONS.chromium, args=["--no-sandbox"])

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.playwright.stop()

    def open(self, name, width=1400, height=1000, theme="light"):
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, offline=True, reduced_motion="reduce")
        self.addCleanup(context.close)
        page = context.new_page()
        self.complaints = []
        self.requests = []
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto((OPTIONS.pages / f"{name}.html").resolve().as_uri())
        self.page = page
        self.settle()
        return page

    def tearDown(self):
        if hasattr(self, "page"):
            self.assertEqual(self.complaints, [])

    def settle(self):
        """Waits for two frames: what the page had planned is drawn then."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def bytes_of(self, selector):
        """Exact bytes of the first element that matches, by its text: '2,290,384,904 B' → 2290384904."""
        text = self.page.locator(selector).first.inner_text()
        return int(text.replace(",", "").replace("B", "").strip())

    def category_bytes(self, table):
        """{category, or another group: bytes} as a table shows them."""
        rows = self.page.locator(f"{table} tbody tr")
        return {row.get_attribute("data-group"): int(row.locator("td.bytes").inner_text().replace(",", "")[:-2])
                for row in rows.all()}

    def click_instant(self, point):
        """A real mouse click where the chart draws an instant; zooms in first, so that it is wider than the pointer."""
        self.page.evaluate(
            """(point) => { const { view } = window.profileTrainReport; const column = view.column();
                 const from = column[point];
                 const to = point + 1 < column.length ? column[point + 1] : view.end();
                 view.show(from - 2 * (to - from), to + 2 * (to - from)); }""", point)
        self.page.locator("#chart").scroll_into_view_if_needed()
        self.settle()
        at = self.page.evaluate("(point) => window.profileTrainReport.screenOf(point)", point)
        self.page.mouse.click(at["x"], at["y"])
        self.settle()

    def event_shown(self):
        return int(self.page.locator("#instant").get_attribute("data-event"))

    def listed_bytes(self):
        """Bytes of every row of the live list, all rows shown."""
        while self.page.locator("#live-more").is_visible():
            self.page.locator("#live-more").click()
            self.settle()
        return self.page.eval_on_selector_all(
            "#live tbody tr", "(rows) => rows.map((row) => Number(row.cells[0].dataset.bytes))")


def main():
    unittest.main(argv=[sys.argv[0], *REMAINING], verbosity=2)
