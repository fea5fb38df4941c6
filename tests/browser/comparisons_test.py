"""The pages of diff and matrix open from disk with no network and show the numbers of the JSON."""

import report_page
from report_page import load


class Comparisons(report_page.PageTest):
    def settle(self):
        pass  # these pages have no script that could still be at work

    def number(self, text):
        digits = "".join(c for c in text if c.isdigit())
        return -int(digits) if text.strip().startswith("-") else int(digits)

    def column(self, table, column):
        cells = self.page.locator(f"#{table} tbody tr td:nth-child({column})").all_inner_texts()
        return [self.number(cell) for cell in cells]

    def assert_offline_and_within_the_window(self):
        self.assertEqual([url for url in self.requests if not url.startswith("file:")], [])
        width = self.page.evaluate("document.documentElement.scrollWidth")
        self.assertLessEqual(width, self.page.viewport_size["width"])

    def test_diff_sums_to_the_change_of_the_peak(self):
        for theme in ("light", "dark"):
            self.open("diff", width=900, theme=theme)
            diff = load("diff")
            self.assertEqual(sum(self.column("categories", 4)), diff["change_bytes"])
            self.assertEqual(sum(self.column("sites", 3)), diff["change_bytes"])
            self.assertEqual(self.column("sites", 2), [site["new_bytes"] for site in diff["sites"]])
            self.assert_offline_and_within_the_window()

    def test_diff_draws_both_timelines_with_their_peaks(self):
        page = self.open("diff")
        for line in ("before", "after"):
            box = page.locator(f"#timelines path.{line}").bounding_box()
            self.assertGreater(box["width"], 500)
            self.assertGreater(box["height"], 100)
        titles = page.locator("#timelines circle title").all_text_contents()
        diff = load("diff")
        self.assertEqual([self.number(title) for title in titles],
                         [diff[side]["peak"]["requested_bytes"] for side in ("old", "new")])

    def test_matrix_has_a_figure_and_a_line_for_each_row(self):
        page = self.open("matrix", width=900)
        matrix = load("matrix")
        self.assertEqual(page.locator("figure").count(), len(matrix["rows"]))
        self.assertEqual(page.locator("#matrix tbody tr").count(), len(matrix["rows"]))
        runs = [row["run"] for row in matrix["rows"] if row["run"]]
        bars = page.locator("figure svg").all()
        self.assertEqual(len(bars), len(runs))
        highest = max(run["peak_requested_bytes"] for run in runs)
        for bar, run in zip(bars, runs):
            frame = bar.locator(".frame").bounding_box()["width"]
            drawn = sum(rect.bounding_box()["width"] for rect in bar.locator("rect:not(.frame)").all())
            self.assertAlmostEqual(drawn / frame, run["peak_requested_bytes"] / highest, delta=0.02)
        self.assert_offline_and_within_the_window()


if __name__ == "__main__":
    report_page.main()
