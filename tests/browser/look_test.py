"""Themes, widths, print, access without a mouse, and colours that everyone can tell apart."""

import itertools
import math

import report_page

CATEGORIES = ["weights", "weight_copies", "optimizer_state", "gradients", "inputs", "activations", "logits", "workspace",
              "temporary", "unknown"]

# Colour blindness at full strength on linear RGB (Machado, Oliveira and Fernandes, 2009).
SIGHT = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def seen_as(color, matrix):
    """CIELAB of '#rrggbb' for a sight."""
    channels = [int(color[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    r, g, b = (min(1, max(0, sum(weight * c for weight, c in zip(row, linear)))) for row in matrix)
    xyz = ((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047, 0.2126 * r + 0.7152 * g + 0.0722 * b,
           (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883)
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


class Look(report_page.PageTest):
    def background(self):
        return self.page.evaluate("getComputedStyle(document.body).backgroundColor")

    def test_theme_follows_the_system_until_the_reader_chooses(self):
        page = self.open("sample", theme="dark")
        dark = self.background()
        self.assertEqual(page.evaluate("document.documentElement.dataset.theme"), "dark")
        page.locator("#theme").click()
        light = self.background()
        self.assertNotEqual(light, dark)
        self.assertEqual(page.evaluate("document.documentElement.dataset.theme"), "light")
        page.emulate_media(color_scheme="light")
        page.emulate_media(color_scheme="dark")
        self.assertEqual(self.background(), light, "the reader has chosen")

    def test_paper_is_light(self):
        page = self.open("sample", theme="dark")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        self.assertEqual(page.evaluate("document.documentElement.dataset.theme"), "light")
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        self.assertEqual(page.evaluate("document.documentElement.dataset.theme"), "dark")

    def test_no_sideways_scrolling_at_any_width(self):
        for width in (380, 700, 1000, 1400, 2200):
            with self.subTest(width=width):
                page = self.open("compared", width=width)
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
                page.locator("#view-blocks").click()
                page.locator("#by-module").click()
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width, "blocks")

    def check_colors(self, names):
        for theme in ("light", "dark"):
            page = self.open("sample", theme=theme)
            colors = page.evaluate(
                "(names) => names.map((n) => getComputedStyle(document.documentElement).getPropertyValue(`--${n}`).trim())", names)
            for sight, matrix in SIGHT.items():
                seen = [seen_as(color, matrix) for color in colors]
                for (a, one), (b, other) in itertools.combinations(enumerate(seen), 2):
                    self.assertGreater(math.dist(one, other), 15, f"{theme}, {sight}: {names[a]} and {names[b]}")

    def test_categories_can_be_told_apart_with_any_sight(self):
        self.check_colors([f"c-{category}" for category in CATEGORIES])

    def test_modules_and_phases_can_be_told_apart_with_any_sight(self):
        self.check_colors([f"g-{number}" for number in range(10)] + ["g-other", "g-none"])

    def test_everything_has_a_name_for_those_who_listen(self):
        page = self.open("compared")
        nameless = page.evaluate(
            """() => [...document.querySelectorAll('button, input, [tabindex="0"]')]
                 .filter((e) => !(e.textContent.trim() || e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || (e.labels && e.labels.length)))
                 .map((e) => e.outerHTML)""")
        self.assertEqual(nameless, [])
        self.assertEqual(page.evaluate("[...document.querySelectorAll('table')].filter((t) => !t.caption && !t.closest('#tooltip')).length"), 0)
        self.assertEqual(page.evaluate("[...document.querySelectorAll('thead th')].filter((t) => t.scope !== 'col').length"), 0)
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
        self.assertEqual(len(ids), len(set(ids)))

    def test_screenshots(self):
        """For people: light, dark, narrow, and the block view, in screens/ beside the pages."""
        screens = report_page.OPTIONS.pages.parent / "screens"
        screens.mkdir(exist_ok=True)
        for name, width, theme in (("light", 1400, "light"), ("dark", 1400, "dark"), ("narrow", 420, "light"), ("blocks", 1280, "light")):
            page = self.open("compared", width=width, theme=theme)
            if name == "blocks":
                page.locator("#view-blocks").click()
                self.settle()
            path = screens / f"report-{name}.png"
            page.screenshot(path=path, full_page=name == "narrow")
            self.assertGreater(path.stat().st_size, 20_000)


if __name__ == "__main__":
    report_page.main()
