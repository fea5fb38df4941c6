"""The flame graph of the peak: its numbers are the report's, and a click shows a part of it."""

import collections

import report_page
from report_page import load


class Flame(report_page.PageTest):
    def bars(self, depth):
        return self.page.eval_on_selector_all(
            f"#flame .flame button[data-depth='{depth}']", "all => all.map((b) => [b.textContent, Number(b.dataset.bytes), b.getBoundingClientRect().width])")

    def test_root_is_the_peak_and_children_sum_to_their_parent(self):
        for name in ["sample", "limited"]:
            page = self.open(name)
            ((_, total, width),) = self.bars(0)
            self.assertEqual(total, load(name)["peak"]["requested_bytes"])
            first = self.bars(1)
            self.assertLessEqual(sum(size for _, size, _ in first), total)
            self.assertGreater(sum(size for _, size, _ in first), 0.98 * total, "only bars too narrow to see are left out")
            for _, size, shown in first:
                self.assertAlmostEqual(shown / width, size / total, delta=0.01)
            page.context.close()

    def test_a_module_has_the_bytes_of_what_is_live_in_it(self):
        self.open("sample")
        of = collections.Counter()
        for live in load("sample")["live_at_peak"]:
            module = live["module"] or (live["name"] or "").rpartition(".")[0]
            of[module.split(".")[0] or "outside every module"] += live["bytes"]
        for label, size, _ in self.bars(1):
            name = max((n for n in of if label.startswith(n)), key=len)
            self.assertEqual(size, of[name], name)

    def test_a_click_fills_the_width_and_the_root_leads_back(self):
        page = self.open("sample")
        before = self.bars(1)
        page.locator("#flame .flame button[data-depth='1']").first.click()
        self.settle()
        ((_, size, width),) = self.bars(1)
        self.assertEqual(size, before[0][1])
        self.assertAlmostEqual(width, self.bars(0)[0][2], delta=1)
        page.keyboard.press("Enter")  # the focus is on the root
        self.settle()
        self.assertEqual(self.bars(1), before)


if __name__ == "__main__":
    report_page.main()
