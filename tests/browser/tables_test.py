"""The tables say what the JSON says, row by row."""

import report_page
from report_page import load

COLUMNS = ["stated_bytes", "corrected_bytes", "exact_bytes", "observed_bytes", "residual_bytes"]


class Tables(report_page.PageTest):
    def cell(self, row, column):
        value = row.locator(f"td[data-column={column}]").get_attribute("data-bytes")
        return None if value is None else int(value)

    def check_terms(self, terms):
        rows = self.page.locator("#model-table tbody tr").all()
        self.assertEqual([row.get_attribute("data-term") for row in rows], [term["name"] for term in terms])
        for row, term in zip(rows, terms):
            with self.subTest(term=term["name"]):
                self.assertEqual({c: self.cell(row, c) for c in COLUMNS}, {c: term[c] for c in COLUMNS})

    def test_comparison_has_every_term_of_the_json_at_every_instant(self):
        page = self.open("compared")
        model = load("compared")["model"]
        self.assertEqual(len(model["terms"]), 8)
        self.check_terms(model["terms"])
        for instant in ["peak", "first_step_peak", "spike"]:
            page.locator(f"#model-tabs button[data-instant={instant}]").click()
            self.check_terms(model[instant]["terms"])
            total = page.locator("#model-table tfoot tr")
            self.assertEqual({c: self.cell(total, c) for c in COLUMNS}, {c: model[instant][c] for c in COLUMNS})

    def test_marks_where_the_stated_formula_fails_and_only_there(self):
        page = self.open("compared")
        marked = page.locator("#model-table tbody tr:has(.off-cell)").evaluate_all(
            "(rows) => rows.map((row) => row.dataset.term)")
        # weights and optimizer state (592 bytes off) hold; the formula has no final norm at all
        self.assertEqual(marked, ["gradients", "inputs", "attention matrix", "blocks, the rest", "logits"])
        attention = page.locator("#model-table tr[data-term='attention matrix'] .off-cell").inner_text()
        self.assertIn("-91.8 %", attention)  # 3,145,728 of 38,535,168
        self.assertIn("not in it", page.locator("tr[data-term='final norm and head input']").inner_text())
        self.assertEqual(page.locator("tr[data-term=logits] td[data-column=residual_bytes]").inner_text(), "+8 B")

    def test_a_column_without_values_is_left_out(self):
        page = self.open("compared")
        self.assertEqual(page.locator("#model-table thead th").all_inner_texts(),
                         ["Term", "Stated formula", "Corrected", "Exact", "Observed", "Residual"])

    def test_phases(self):
        page = self.open("sample")
        phases = load("sample")["phases"]
        page.locator("#phases button").click()
        rows = page.locator("#phases tbody tr")
        self.assertEqual(rows.count(), len(phases))
        for at in (0, 1, 4, 5, 6, len(phases) - 1):
            cells = rows.nth(at).locator("td").all()
            values = [int(cell.get_attribute("data-bytes")) for cell in cells[1:4]]
            self.assertEqual(values, [phases[at][key] for key in ("start_bytes", "peak_bytes", "end_bytes")])
            self.assertEqual(cells[0].inner_text(), phases[at]["name"].replace("_", " "))

    def test_steps_with_loss_and_the_way_to_their_peak(self):
        page = self.open("sample")
        steps = load("sample")["steps"]
        rows = page.locator("#steps tbody tr")
        self.assertEqual(rows.count(), len(steps))
        for at, step in enumerate(steps):
            self.assertIn(f"{step['loss']:.4f}", rows.nth(at).inner_text())
            self.assertEqual(int(rows.nth(at).locator("td[data-bytes]").get_attribute("data-bytes")),
                             step["peak_requested_bytes"])
        rows.nth(0).locator("button").click()
        self.settle()
        self.assertEqual(self.event_shown(), steps[0]["peak"]["event"])
        self.assertEqual(self.bytes_of("#instant-categories tfoot td.bytes"), steps[0]["peak_requested_bytes"])

    def test_top_allocations_are_the_largest_live_at_the_peak(self):
        page = self.open("sample")
        live = load("sample")["live_at_peak"]
        shown = page.eval_on_selector_all("#top tbody tr", "(rows) => rows.map((r) => Number(r.cells[1].dataset.bytes))")
        self.assertEqual(shown, [one["bytes"] for one in live[:20]])
        self.assertIn("transformer.wte.weight", page.locator("#top tbody").inner_text())

    def test_ladder_says_what_was_not_measured_and_why(self):
        page = self.open("sample")
        rungs = load("sample")["ladder"]
        rows = page.locator("#ladder tbody tr").all()
        self.assertEqual(len(rows), len(rungs))
        for row, rung in zip(rows, rungs):
            self.assertIn(rung["rung"], row.inner_text())
            if rung["bytes"] is None:
                self.assertIn(f"not measured: {rung['why_not_measured']}", row.inner_text())
            else:
                self.assertIn(f"{rung['bytes']:,} B", row.inner_text())

    def test_growth_shows_the_leak(self):
        page = self.open("sample")
        growth = load("sample")["growth"]
        text = page.locator("#growth").inner_text()
        self.assertGreater(len(growth), 0)
        self.assertIn("aten::clone", text)
        self.assertIn("+768.0 KiB", text)  # one float32 tensor of 256 × 768 a step

    def test_costs_and_losses(self):
        text = self.open("damaged").locator("#trust").inner_text()
        damaged = load("damaged")
        self.assertIn("Events dropped\n17", text)
        self.assertIn(f"Events recorded\n{damaged['overhead']['events']:,}", text)
        self.assertIn("the file ends in the middle of chunk 3", text)


if __name__ == "__main__":
    report_page.main()
