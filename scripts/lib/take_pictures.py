"""Takes the pictures of the documentation, with headless Chromium: take_pictures.py RUNS IMAGES

RUNS is what scripts/pictures has left: reports, and what the program printed, with its colours.
"""

import html
import pathlib
import re
import sys

from playwright.sync_api import sync_playwright

MOST_BYTES = 300_000

# What xterm shows, on a dark background.
COLOURS = {"31": "#ff7b72", "32": "#56d364", "33": "#e3b341", "36": "#76e3ea"}
TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; background: #0d1117; color: #e6edf3; }
pre { margin: 0; padding: 18px 22px; width: max-content; font: 14px/1.35 "DejaVu Sans Mono", monospace; }
</style><pre>%s</pre>"""


def colour_of_palette(number):
    """One of xterm's 256 colours; the first 16 are not used here."""
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    levels = (0, 95, 135, 175, 215, 255)
    number -= 16
    return "#" + "".join(f"{levels[number // step % 6]:02x}" for step in (36, 6, 1))


def style_of(code):
    """The style sheet's words for the parameters of one escape sequence."""
    if code.startswith("38;5;"):
        return f"color:{colour_of_palette(int(code.split(';')[2]))}"
    styles = {"1": "font-weight:bold", "2": "opacity:.65"}
    return ";".join(styles.get(part) or f"color:{COLOURS[part]}" for part in code.split(";"))


def as_page(ansi):
    """What a terminal printed, as a page: colours are spans, the rest is text."""
    page = ""
    for part in re.split("(\x1b\\[[0-9;]*m)", ansi):
        if not part.startswith("\x1b["):
            page += html.escape(part)
        else:
            code = part[2:-1]
            page += "</span>" if code == "0" else f'<span style="{style_of(code)}">'
    return TERMINAL % page


class Camera:
    def __init__(self, browser, scratch, images):
        self.browser, self.scratch, self.images = browser, scratch, images

    def open(self, page, width=1280, height=1010):
        self.page = self.browser.new_page(viewport={"width": width, "height": height}, color_scheme="light",
                                          reduced_motion="reduce")
        self.page.goto(page.resolve().as_uri())
        return self.page

    def show_step(self, number):
        """In the chart of a report, one step."""
        self.page.evaluate(
            """(number) => { const { view } = window.profileTrainReport;
                 const step = JSON.parse(document.getElementById('summary-data').textContent).steps[number - 1];
                 view.show(step.first_event, step.last_event); }""", number)

    def print(self, name, ansi):
        file = self.scratch / f"{name}.html"
        file.write_text(as_page(ansi.strip("\n")), encoding="utf-8")
        self.open(file)
        self.take(name, "pre")

    def take(self, name, element=None):
        """The window, or one element of the page."""
        self.page.wait_for_timeout(500)
        screen = self.page if element is None else self.page.locator(element)
        png = screen.screenshot(animations="disabled")
        if len(png) > MOST_BYTES:
            sys.exit(f"take_pictures: {name} has {len(png)} bytes: take a smaller part of the page")
        (self.images / f"{name}.png").write_bytes(png)
        print(f"{name}.png  {len(png)} bytes")


def main():
    runs, images = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        camera = Camera(browser, runs, images)

        page = camera.open(runs / "cpu" / "report.html")
        page.locator("#axis-time").click()
        camera.take("report")

        # A batch of 8 with its activations, on a simulated card.
        page = camera.open(runs / "matrix" / "rows" / "001" / "report.html", width=1440)
        page.locator("#go-peak").click()
        camera.take("instant", "#instant")
        page = camera.open(runs / "matrix" / "rows" / "001" / "report.html")
        camera.take("flame", "#flame")
        camera.show_step(2)
        page.locator("#by-module").click()
        camera.take("by_module", "#timeline")
        page.locator("#by-category").click()
        page.locator("#view-blocks").click()
        camera.take("blocks", "#timeline")

        camera.open(runs / "matrix" / "matrix.html", height=590)
        camera.take("matrix")
        camera.open(runs / "diff.html", height=760)
        camera.take("diff")

        # The whole is four screens long: the picture ends where the peak does.
        printed = (runs / "run.ansi").read_text(encoding="utf-8")
        camera.print("terminal_run", printed[:printed.rindex("\n\n", 0, printed.index("LIVE AT THE PEAK"))])
        camera.print("terminal_check", (runs / "check.ansi").read_text(encoding="utf-8"))
        browser.close()


if __name__ == "__main__":
    main()
