"""Divided by category, module or phase: each division holds what the events say, and sums to the total."""

import collections
import re

import report_page
from report_page import load


def live_at(lifetimes, event):
    return [one for one in lifetimes if one[0] <= event and (one[1] < 0 or one[1] > event)]


def group_of_module(module, labels):
    """The label that a module's path belongs under, by what the labels say."""
    if module == "":
        return "no module"
    path = re.sub(r"\.\d+(?=\.|$)", ".*", module)
    for label in labels:
        if label.endswith(" itself"):
            if path == label.removesuffix(" itself"):
                return label
        elif path == label or path.startswith(label + "."):
            return label
    return "other modules"


class Grouping(report_page.PageTest):
    def shown(self):
        """{label: bytes} of the groups at the chosen instant, without those of no byte."""
        rows = self.page.locator("#instant-categories tbody tr").all()
        sizes = {row.locator("th").inner_text(): int(row.locator("td.bytes").inner_text().replace(",", "")[:-2]) for row in rows}
        return {label: size for label, size in sizes.items() if size != 0}

    def expected(self, name, event, key):
        sums = collections.Counter()
        for one in live_at(load(name, "lifetimes.json"), event):
            sums[key(one)] += one[2]
        return dict(sums)

    def check(self, name, key):
        points = self.page.evaluate("window.profileTrainReport.points")
        for part in (0.02, 0.13, 0.4, 0.77, 0.999):
            with self.subTest(page=name, part=part):
                self.click_instant(int(points * part))
                event = self.event_shown()
                self.assertEqual(self.shown(), self.expected(name, event, key))
                self.assertEqual(sum(self.shown().values()), self.bytes_of("#instant-categories tfoot td.bytes"))
                self.assertEqual(self.page.locator("#instant-closure").get_attribute("data-left"), "0")

    def test_by_phase_of_birth(self):
        for name in ("sample", "limited"):
            page = self.open(name)
            page.locator("#by-phase").click()
            self.settle()
            self.assertEqual(page.locator("#instant-categories thead th").first.inner_text(), "Phase of birth")
            self.check(name, lambda one: "outside every phase" if one[3] == "other" else one[3].replace("_", " "))

    def test_by_module(self):
        for name in ("sample", "limited"):
            page = self.open(name)
            page.locator("#by-module").click()
            labels = page.locator("#legend button").all_inner_texts()
            self.assertLessEqual(len(labels), 12)
            self.assertIn("transformer.wte", labels)
            self.assertIn("transformer.h.*.attn", labels)
            self.check(name, lambda one: group_of_module(one[4], labels))

    def test_every_division_sums_to_the_total_at_every_instant(self):
        for name in ("sample", "limited"):
            page = self.open(name)
            for division in ("category", "module", "phase"):
                page.locator(f"#by-{division}").click()
                off = page.evaluate(
                    """() => { const groups = window.profileTrainReport.grouping.groups();
                         let off = 0;
                         for (let i = 0; i < timeline.length; i++) {
                           let sum = 0;
                           for (const group of groups) sum += group.layer[i];
                           if (sum !== timeline.total[i]) off += 1;
                         }
                         return off; }""")
                self.assertEqual(off, 0, f"{name} by {division}")

    def test_the_peak_by_category_is_that_of_the_json_after_going_through_the_others(self):
        page = self.open("sample")
        for division in ("module", "phase", "category"):
            button = page.locator(f"#by-{division}")
            button.click()
            self.assertEqual(button.get_attribute("aria-pressed"), "true")
            self.assertEqual(page.locator("[id^=by-][aria-pressed=true]").count(), 1)
        self.settle()
        peak = load("sample")["peak"]
        shown = {key: size for key, size in self.category_bytes("#instant-categories").items() if size != 0}
        self.assertEqual(shown, {key: size for key, size in peak["by_category"].items() if size != 0})

    def test_the_legend_follows_and_hides_in_each(self):
        page = self.open("sample")
        for division in ("module", "phase"):
            page.locator(f"#by-{division}").click()
            self.settle()
            buttons = page.locator("#legend button")
            self.assertIn(division, page.locator("#legend").get_attribute("aria-label"))
            total = page.evaluate("frame.highest")
            for at in range(buttons.count()):
                buttons.nth(at).click()
            self.settle()
            self.assertLess(page.evaluate("frame.highest"), total / 1e6, "nothing is shown any more")
            buttons.first.click()
            self.assertEqual(page.locator("#legend button[aria-pressed=true]").count(), 1)
            page.locator("#by-category").click()
            self.assertEqual(page.locator("#legend button[aria-pressed=false]").count(), 0, "each remembers its own")

    def test_hover_shows_bytes_by_group(self):
        page = self.open("sample")
        page.locator("#by-phase").click()
        page.locator("#chart").scroll_into_view_if_needed()
        self.settle()
        at = page.evaluate("window.profileTrainReport.screenOf(window.profileTrainReport.peakPoint)")
        page.mouse.move(at["x"], at["y"])
        self.settle()
        text = page.locator("#tooltip").inner_text()
        for label, size in self.shown().items():
            self.assertIn(label, text)
            if size >= 2**20:
                self.assertRegex(text, f"{label}\\s+[0-9.,]+ [MG]iB")


if __name__ == "__main__":
    report_page.main()
