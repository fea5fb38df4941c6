"""A click on an instant lists what is live there. Held against a naive model: births and deaths from the events alone."""

import report_page
from report_page import load


def live_at(lifetimes, event):
    return sorted(size for born, died, size, *_ in lifetimes if born <= event and (died < 0 or died > event))


class Instant(report_page.PageTest):
    def check_instant(self, lifetimes, event):
        self.assertEqual(self.event_shown(), event)
        expected = live_at(lifetimes, event)
        self.assertEqual(sum(self.category_bytes("#instant-categories").values()), sum(expected))
        self.assertEqual(self.bytes_of("#instant-categories tfoot td.bytes"), sum(expected))
        self.assertEqual(sorted(self.listed_bytes()), expected)
        self.assertEqual(self.page.locator("#instant-closure").get_attribute("data-left"), "0")

    def test_at_first_the_peak_is_shown_and_its_allocations_sum_to_it(self):
        self.open("sample")
        peak = load("sample")["peak"]
        self.check_instant(load("sample", "lifetimes.json"), peak["event"])
        self.assertEqual(sum(self.listed_bytes()), peak["requested_bytes"])

    def test_click_on_the_peak(self):
        page = self.open("sample")
        page.locator("#chart").press("Home")
        self.settle()
        self.assertEqual(self.event_shown(), page.evaluate("window.profileTrainReport.eventOf(0)"))
        self.click_instant(page.evaluate("window.profileTrainReport.peakPoint"))
        self.check_instant(load("sample", "lifetimes.json"), load("sample")["peak"]["event"])

    def test_click_anywhere_lists_what_the_events_say(self):
        page = self.open("sample")
        lifetimes = load("sample", "lifetimes.json")
        points = page.evaluate("window.profileTrainReport.points")
        for part in (0.03, 0.21, 0.5, 0.77, 0.999):
            point = int(points * part)
            with self.subTest(point=point):
                self.click_instant(point)
                self.check_instant(lifetimes, page.evaluate("(p) => window.profileTrainReport.eventOf(p)", point))

    def test_click_on_the_time_axis_lists_the_same(self):
        page = self.open("sample")
        page.locator("#axis-time").click()
        point = page.evaluate("Math.floor(window.profileTrainReport.points / 3)")
        self.click_instant(point)
        self.check_instant(load("sample", "lifetimes.json"), page.evaluate("(p) => window.profileTrainReport.eventOf(p)", point))

    def test_smaller_allocations_are_summed_so_that_every_total_is_exact(self):
        page = self.open("limited")
        lifetimes = load("limited", "lifetimes.json")
        self.assertIn("900 of 10,339 allocations are listed one by one", page.locator("#chart-note").inner_text())
        self.assertIn("600 of 20,222 changes of memory", page.locator("#chart-note").inner_text())
        summed = 0
        for point in (5, 150, 300, 450, 599):
            with self.subTest(point=point):
                self.click_instant(point)
                expected = live_at(lifetimes, self.event_shown())
                self.assertEqual(self.event_shown(), page.evaluate("(p) => window.profileTrainReport.eventOf(p)", point))
                self.assertEqual(self.bytes_of("#instant-categories tfoot td.bytes"), sum(expected))
                self.assertEqual(sum(self.listed_bytes()), sum(expected))
                self.assertEqual(page.locator("#instant-closure").get_attribute("data-left"), "0")
                summed += page.locator("#live tr.smaller").count()
        self.assertGreater(summed, 0, "no instant had smaller allocations: the test would show nothing")

    def test_thinning_keeps_the_peak(self):
        page = self.open("limited")
        peak = load("limited")["peak"]
        self.assertEqual(page.evaluate("window.profileTrainReport.eventOf(window.profileTrainReport.peakPoint)"), peak["event"])
        self.assertEqual(self.bytes_of("#instant-categories tfoot td.bytes"), peak["requested_bytes"])

    def test_search_and_sort(self):
        page = self.open("sample")
        page.locator("#search").fill("gradients transformer.h.3.")
        self.settle()
        rows = page.locator("#live tbody tr")
        self.assertEqual(rows.count(), 12, "a block has twelve parameters, so twelve gradients")
        for row in rows.all():
            self.assertIn("transformer.h.3.", row.inner_text())
            self.assertIn("gradients", row.inner_text())
        page.locator("#search").fill("")
        page.locator("th[data-column=born] button").click()
        self.settle()
        self.assertEqual(page.locator("th[data-column=born]").get_attribute("aria-sort"), "descending")
        self.assertEqual(page.locator("th[data-column=bytes]").get_attribute("aria-sort"), "none")
        born = [int(text.split("\n")[0].removeprefix("event ").replace(",", ""))
                for text in page.locator("#live tbody tr td:last-child").all_inner_texts()]
        self.assertEqual(born, sorted(born, reverse=True))
        self.assertGreater(len(set(born)), 100)


if __name__ == "__main__":
    report_page.main()
