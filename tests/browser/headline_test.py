"""The page opens from disk with no network, and its first screen says what the JSON says."""

import report_page
from report_page import load


class Headline(report_page.PageTest):
    def test_opens_offline_without_a_word_on_the_console(self):
        page = self.open("sample")
        self.assertEqual([url for url in self.requests if not url.startswith(("file:", "data:"))], [])
        self.assertEqual(len([url for url in self.requests if url.startswith("file:")]), 1, "one file, nothing else")
        self.assertEqual(page.title(), "gpt_small · profile-train")
        self.assertGreater(page.evaluate("window.profileTrainReport.points"), 10_000)

    def test_carries_exactly_the_json_of_the_command_line(self):
        page = self.open("sample")
        inside = page.evaluate("window.profileTrainReport.summary")
        self.assertEqual(inside, load("sample"))

    def test_shows_peak_and_place_of_the_json(self):
        page = self.open("sample")
        peak = load("sample")["peak"]
        self.assertEqual(self.bytes_of("#peak-exact"), peak["requested_bytes"])
        size = f"{peak['requested_bytes'] / 2**30:.2f}"
        self.assertEqual(page.locator("#peak-size").inner_text(), size)
        self.assertEqual(page.locator("#peak-unit").inner_text(), "GiB")
        where = page.locator("#peak-where").inner_text()
        for words in [f"{peak['step']} of 11", peak["phase"].replace("_", " "), peak["operator"], peak["module"]]:
            self.assertIn(words, where)
        line = page.locator("#run-line").inner_text()
        for words in ["gpt_small", "GPT-2 124,439,808 parameters", "fp32", "B 1", "S 256", "AdamW", "cpu"]:
            self.assertIn(words, line)

    def test_categories_at_the_peak_are_those_of_the_json_and_sum_to_it(self):
        self.open("sample")
        peak = load("sample")["peak"]
        shown = self.category_bytes("#peak-categories")
        self.assertEqual(sum(shown.values()), peak["requested_bytes"])
        self.assertEqual({key: value for key, value in peak["by_category"].items() if value != 0},
                         {key: value for key, value in shown.items() if value != 0})
        self.assertIn("unknown", shown, "printed also when it is 0")
        self.assertEqual(self.bytes_of("#peak-categories tfoot td.bytes"), peak["requested_bytes"])

    def test_markup_in_a_name_stays_text(self):
        page = self.open("sample")
        self.assertIn("</script><b>not markup</b>", page.locator("#run").inner_text())
        self.assertEqual(page.locator("b", has_text="not markup").count(), 0)

    def test_losses_are_announced_and_the_peak_is_a_lower_bound(self):
        page = self.open("damaged")
        banners = page.locator(".banner")
        self.assertEqual(banners.count(), 2)
        self.assertIn("17 events could not be recorded: the peak is a lower bound", banners.nth(0).inner_text())
        self.assertIn("the file ends in the middle of chunk 3", banners.nth(1).inner_text())
        self.assertTrue(page.locator("#peak-size").inner_text().startswith("≥ "))

    def test_a_whole_trace_has_no_banner(self):
        page = self.open("sample")
        self.assertEqual(page.locator(".banner").count(), 0)
        self.assertFalse(page.locator("#peak-size").inner_text().startswith("≥"))

    def test_a_trace_without_events_is_a_page_too(self):
        page = self.open("empty")
        self.assertEqual(page.locator("#peak-exact").inner_text(), "0 B")
        self.assertIn("no event that changed memory", page.locator("#instant-where").inner_text())
        self.page.locator("#chart").press("ArrowRight")
        self.page.keyboard.press("p")
        self.settle()


if __name__ == "__main__":
    report_page.main()
