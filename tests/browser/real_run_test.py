"""The report of a real training run: what the page shows is what the JSON beside it says."""

import report_page
from report_page import load


class RealRun(report_page.PageTest):
    def test_the_peak_is_that_of_the_json_and_its_allocations_sum_to_it(self):
        self.open("report")
        peak = load("report")["peak"]
        self.assertEqual(self.event_shown(), peak["event"])
        self.assertEqual(sum(self.listed_bytes()), peak["requested_bytes"])
        shown = {name: size for name, size in self.category_bytes("#instant-categories").items() if size != 0}
        self.assertEqual(shown, {name: size for name, size in peak["by_category"].items() if size != 0})

    def test_a_click_on_any_instant_leaves_nothing_over(self):
        page = self.open("report")
        points = page.evaluate("window.profileTrainReport.points")
        for part in (0.1, 0.4, 0.9):
            with self.subTest(part=part):
                self.click_instant(int(points * part))
                self.assertEqual(page.locator("#instant-closure").get_attribute("data-left"), "0")
                self.assertEqual(sum(self.listed_bytes()), self.bytes_of("#instant-categories tfoot td.bytes"))

    def test_every_view_closes(self):
        page = self.open("report")
        peak = load("report")["peak"]["requested_bytes"]
        for division in ("module", "phase", "category"):
            page.locator(f"#by-{division}").click()
            self.settle()
            self.assertEqual(sum(self.category_bytes("#instant-categories").values()), peak, division)
        page.locator("#view-blocks").click()
        self.settle()
        note = page.locator("#block-note")
        self.assertEqual(int(note.get_attribute("data-blocks")) + int(note.get_attribute("data-band")), peak)

    def test_the_comparison_has_a_row_for_each_term_of_the_json(self):
        page = self.open("report")
        text = page.locator("body").inner_text()
        for term in load("report")["model"]["terms"]:
            self.assertIn(term["name"], text)


if __name__ == "__main__":
    report_page.main()
