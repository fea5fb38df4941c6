"""The block view, held against births and deaths from the events alone: heights, places, and what a pointer or a key finds."""

import random

import report_page
from report_page import load

REPORT = "window.profileTrainReport"


def live_at(lifetimes, event):
    """In the order of birth, which is that of the stack."""
    return sorted(one for one in lifetimes if one[0] <= event and (one[1] < 0 or one[1] > event))


class Blocks(report_page.PageTest):
    def open_blocks(self, name, **options):
        page = self.open(name, **options)
        page.locator("#view-blocks").click()
        page.locator("#chart").scroll_into_view_if_needed()
        self.settle()
        return page

    def note(self):
        return {key: int(self.page.locator("#block-note").get_attribute(f"data-{key}"))
                for key in ("blocks", "band", "total", "number")}

    def births(self):
        return self.page.evaluate(f"Array.from({REPORT}.allocations.born)")

    def chosen(self):
        value = self.page.locator("#block-details").get_attribute("data-allocation")
        return None if value == "" else int(value)

    def select(self, point):
        self.page.evaluate(f"(p) => {REPORT}.view.select(p)", point)
        self.settle()

    def outline(self):
        """[x, topmost painted row from the bottom, highest total of that column of pixels] of the picture."""
        self.settle()
        return self.page.evaluate(
            """() => { const { pixels, width, height } = blockPicture.picture;
                 const { points, edges } = frame.drawn;
                 const rows = [];
                 for (let k = 0; k < points.length; k++) {
                   const x = Math.round((edges[k] - edges[0]) * frame.ratio);
                   let y = 0;
                   while (y < height && pixels[y * width + x] === 0) y++;
                   rows.push([x, height - y, frame.shown().totals[points[k]] / frame.highest * height]);
                 }
                 return rows; }""")

    def check_outline(self):
        rows = self.outline()
        self.assertGreater(len(rows), 50)
        self.assertEqual([row for row in rows if abs(row[1] - row[2]) > 0.51], [], "the outline is the total")

    def test_blocks_and_band_hold_what_is_live(self):
        for name in ("sample", "limited"):
            page = self.open_blocks(name)
            lifetimes = load(name, "lifetimes.json")
            peak = load(name)["peak"]["requested_bytes"]
            self.assertEqual(self.note()["blocks"] + self.note()["band"], peak)
            self.assertEqual(self.note()["total"], peak)
            points = page.evaluate(f"{REPORT}.points")
            banded = 0
            for part in (0.03, 0.2, 0.35, 0.6, 0.85):
                with self.subTest(page=name, part=part):
                    self.select(int(points * part))
                    live = live_at(lifetimes, self.event_shown())
                    note = self.note()
                    self.assertEqual(note["blocks"] + note["band"], sum(one[2] for one in live))
                    listed = set(self.births())
                    self.assertEqual(note["blocks"], sum(one[2] for one in live if one[0] in listed))
                    banded += note["band"]
            self.assertEqual(banded > 0, name == "limited")

    def test_the_outline_is_the_total_on_both_axes_in_every_division_and_zoomed(self):
        for name in ("sample", "limited"):
            page = self.open_blocks(name)
            self.check_outline()
            page.locator("#axis-time").click()
            self.check_outline()
            page.locator("#axis-order").click()
            page.evaluate(f"{REPORT}.view.show(0.55 * {REPORT}.view.end(), 0.75 * {REPORT}.view.end())")
            for division in ("module", "phase", "category"):
                page.locator(f"#by-{division}").click()
                self.check_outline()

    def test_a_block_stands_on_those_born_before_it(self):
        page = self.open_blocks("sample")
        lifetimes = load("sample", "lifetimes.json")
        number_of = {born: i for i, born in enumerate(self.births())}
        chance = random.Random(7)
        points = page.evaluate(f"{REPORT}.points")
        checked = 0
        for point in chance.sample(range(points), 12):
            event = page.evaluate(f"(p) => {REPORT}.eventOf(p)", point)
            page.evaluate(f"(e) => {REPORT}.view.show(e - 20, e + 20)", event)
            self.settle()
            floor = 0
            live = live_at(lifetimes, event)
            wanted = set(chance.sample(range(len(live)), 20))
            for at, one in enumerate(live):
                if at in wanted:
                    found = page.evaluate(
                        """([i, point]) => { const slot = frame.drawn.points.indexOf(point);
                             const x = (frame.drawn.edges[slot] + frame.drawn.edges[slot + 1]) / 2;
                             return stretchesOf(i).find(([left, right]) => left <= x && x < right)[2]; }""",
                        [number_of[one[0]], point])
                    self.assertEqual(found, floor)
                    checked += 1
                floor += one[2]
        self.assertEqual(checked, 240)

    def test_what_is_painted_is_what_is_found(self):
        """The painter, the outline and the pointer each work out where a block is: they agree at the middle of every block."""
        page = self.open_blocks("sample")
        page.evaluate(f"{REPORT}.view.show(0.6 * {REPORT}.view.end(), 0.66 * {REPORT}.view.end())")
        self.settle()
        counted = page.evaluate(
            """() => { const { pixels, width, height } = blockPicture.picture;
                 const { points, edges } = frame.drawn;
                 let [checked, painted, found] = [0, 0, 0];
                 for (let k = 0; k < points.length; k += 3) {
                   const x = Math.round((edges[k] - edges[0]) * frame.ratio);
                   if (edges[k + 1] - edges[k] < 1) continue;
                   let floor = 0;
                   for (const i of liveAt(points[k])) {
                     const middle = floor + allocations.bytes[i] / 2;
                     floor += allocations.bytes[i];
                     const tall = allocations.bytes[i] / frame.highest * height;
                     if (tall < 6 || categoryByNumber.get(allocations.category[i]).key === 'unknown') continue;
                     checked += 1;
                     const row = height - 1 - Math.floor(middle / frame.highest * height);
                     const inside = edges[k + 1] - edges[k] > 3 ? x + 2 : x;  // past the edge of a block that begins here
                     if (pixels[row * width + inside] === blockInks.fill[i]) painted += 1;
                     if (blocks.at(points[k], frame.y(middle)) === i) found += 1;
                   }
                 }
                 return [checked, painted, found]; }""")
        self.assertGreater(counted[0], 1_000)
        self.assertEqual(counted, [counted[0]] * 3)

    def block(self, words):
        """Number of the largest allocation live at the peak whose texts have these words."""
        return self.page.evaluate(
            """(words) => liveAt(peakPoint).filter((i) => words.every((word) => searchText(i).includes(word)))
                 .sort((a, b) => allocations.bytes[b] - allocations.bytes[a])[0]""", words)

    def place(self, block):
        point = self.page.evaluate(f"{REPORT}.peakPoint")
        self.page.evaluate("(p) => view.show(timeline.event[p] - 40, timeline.event[p] + 40)", point)
        self.page.locator("#chart").scroll_into_view_if_needed()
        self.settle()
        return self.page.evaluate(f"([i, p]) => {REPORT}.screenOfBlock(i, p)", [block, point])

    def test_hover_tells_what_a_block_is(self):
        page = self.open_blocks("sample")
        at = self.place(self.block(["transformer.wte.weight.exp_avg_sq"]))
        page.mouse.move(at["x"], at["y"])
        self.settle()
        text = page.locator("#tooltip").inner_text()
        row = next(one for one in load("sample")["live_at_peak"] if one["name"] == "transformer.wte.weight.exp_avg_sq")
        for words in (row["name"], f"{row['bytes']:,} B", "float32[50257, 768]", "optimizer state", row["operator"],
                      f"event {load('sample')['peak']['event'] - row['age_events']:,}", "step 1", "optimizer step",
                      "alive when the trace ends"):
            self.assertIn(words, text)
        page.mouse.move(5, 5)
        self.settle()
        self.assertFalse(page.locator("#tooltip").is_visible())

    def test_a_click_chooses_the_block_and_its_instant(self):
        page = self.open_blocks("sample")
        block = self.block(["lm_head", "mmbackward0"])
        at = self.place(block)
        page.locator("#chart").press("Home")
        page.evaluate("view.show(timeline.event[peakPoint] - 40, timeline.event[peakPoint] + 40)")
        self.settle()
        page.mouse.click(at["x"], at["y"])
        self.settle()
        self.assertEqual(self.chosen(), block)
        self.assertEqual(self.event_shown(), load("sample")["peak"]["event"])
        details = page.locator("#block-details").inner_text()
        for words in ("lm_head", "MmBackward0", "float32[50257, 768]", f"{50257 * 768 * 4:,} B", "temporary", "backward"):
            self.assertIn(words, details)
        current = page.locator("#live tr[aria-current=true]")
        self.assertEqual(current.count(), 1)
        self.assertEqual(int(current.get_attribute("data-allocation")), block)
        page.locator("#chart").press("Escape")
        self.settle()
        self.assertIsNone(self.chosen())
        self.assertEqual(page.locator("#live tr[aria-current=true]").count(), 0)

    def test_the_band_tells_what_it_sums(self):
        page = self.open_blocks("limited")
        point = page.evaluate(
            """() => { let most = 0; for (let i = 0; i < timeline.length; i++) if (smaller.bytes[i] > smaller.bytes[most]) most = i;
                 view.show(timeline.event[most] - 200, timeline.event[most] + 200); return most; }""")
        self.settle()
        place = page.evaluate(
            """(point) => { const box = byId('chart').getBoundingClientRect(); const slot = frame.drawn.points.indexOf(point);
                 return { x: box.left + (frame.drawn.edges[slot] + frame.drawn.edges[slot + 1]) / 2,
                          y: box.top + frame.y(timeline.total[point] - smaller.bytes[point] / 2) }; }""", point)
        page.mouse.move(place["x"], place["y"])
        self.settle()
        self.assertIn("smaller allocations", page.locator("#tooltip").inner_text())
        page.mouse.click(place["x"], place["y"])
        self.settle()
        self.assertEqual(self.chosen(), -1)
        self.assertIn(f"{self.note()['band']:,} B", page.locator("#block-details").inner_text())
        live = live_at(load("limited", "lifetimes.json"), self.event_shown())
        self.assertEqual(self.note()["band"], sum(one[2] for one in live) - self.note()["blocks"])

    def test_keys_step_through_the_stack(self):
        page = self.open_blocks("sample")
        chart = page.locator("#chart")
        chart.press("ArrowDown")
        self.settle()
        top = self.chosen()
        chart.press("Escape")
        chart.press("ArrowUp")
        self.settle()
        lowest = self.chosen()
        self.assertIn("transformer.wte.weight", page.locator("#block-details").inner_text())
        chart.press("ArrowDown")
        self.settle()
        self.assertEqual(self.chosen(), lowest, "there is nothing below the lowest")
        seen = [lowest]
        for _ in range(5):
            chart.press("ArrowUp")
            self.settle()
            seen.append(self.chosen())
        self.assertEqual(seen, sorted(set(seen)), "later births stand higher")
        self.assertGreater(top, seen[-1])
        point = page.evaluate("view.selected")
        chart.press("ArrowLeft")
        self.settle()
        self.assertEqual(page.evaluate("view.selected"), point - 1)
        self.assertEqual(self.chosen(), seen[-1], "moving the instant keeps the block")

    def test_search_highlights_and_counts(self):
        page = self.open_blocks("sample")
        full = page.evaluate("[...blockInks.fill]")
        page.locator("#block-search").fill("exp_avg transformer.h.3.")
        self.settle()
        matching = {i for i, (one, other) in enumerate(zip(full, page.evaluate("[...blockInks.fill]"))) if one == other}
        names = page.evaluate("(all) => all.map((i) => text('name', i))", sorted(matching))
        self.assertEqual(len(names), 24, "two states of each of a block's twelve parameters")
        for name in names:
            self.assertRegex(name, r"transformer\.h\.3\..*exp_avg")
        states = [one for one in load("sample")["live_at_peak"] if "exp_avg" in (one["name"] or "") and ".h.3." in one["name"]]
        found = page.locator("#block-found").inner_text()
        self.assertIn("24 blocks", found)
        if len(states) == 24:  # the JSON lists the largest only
            self.assertIn(f"{sum(one['bytes'] for one in states) / 2**20:.2f} MiB", found)
        page.locator("#block-search").fill("")
        self.settle()
        self.assertEqual(page.evaluate("[...blockInks.fill]"), full)
        self.assertEqual(page.locator("#block-found").inner_text(), "")

    def test_the_legend_takes_blocks_out_of_the_stack(self):
        page = self.open_blocks("sample")
        peak = load("sample")["peak"]
        page.locator("#legend button[data-group=optimizer_state]").click()
        self.settle()
        rest = peak["requested_bytes"] - peak["by_category"]["optimizer_state"]
        self.assertEqual(self.note()["total"], rest)
        self.assertEqual(self.note()["blocks"], rest)
        self.check_outline()

    def test_views_switch_and_keep_zoom_and_instant(self):
        page = self.open_blocks("sample")
        page.evaluate("view.show(5000, 9000)")
        page.locator("#chart").press("Home")
        page.evaluate("view.show(5000, 9000)")
        before = page.evaluate("[view.from, view.to, view.selected]")
        self.assertTrue(page.locator("#block-search").is_visible())
        page.locator("#view-totals").click()
        self.settle()
        self.assertFalse(page.locator("#block-search").is_visible())
        self.assertFalse(page.locator("#block-panel").is_visible())
        self.assertEqual(page.locator("#view-totals").get_attribute("aria-pressed"), "true")
        self.assertEqual(page.evaluate("[view.from, view.to, view.selected]"), before)
        described = page.locator("#chart").get_attribute("aria-describedby")
        self.assertTrue(page.locator(f"#{described}").is_visible())

    def test_views_can_be_reached_and_switched_with_the_keyboard_alone(self):
        page = self.open("sample")
        page.locator("#view-totals").focus()
        page.keyboard.press("Tab")
        self.assertEqual(page.evaluate("document.activeElement.id"), "view-blocks")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        self.assertEqual(page.evaluate("document.activeElement.id"), "by-module")
        page.keyboard.press("Space")
        self.settle()
        self.assertEqual(page.evaluate("[chart.mode, grouping.current]"), ["blocks", "module"])

    def test_a_trace_without_events_is_no_trouble(self):
        page = self.open("empty")
        page.locator("#view-blocks").click()
        for division in ("module", "phase", "category"):
            page.locator(f"#by-{division}").click()
        page.locator("#chart").press("ArrowUp")
        page.locator("#block-search").fill("x")
        self.settle()


if __name__ == "__main__":
    report_page.main()
