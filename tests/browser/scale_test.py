"""A run of 1.2 million events: the size of its page, how soon it answers, how fast it draws, and that thinning hides nothing."""

import time

import report_page
from report_page import OPTIONS, load


class Scale(report_page.PageTest):
    def test_the_page_is_at_most_5_megabytes(self):
        self.assertGreater(load("large")["overhead"]["events"], 1_000_000)
        self.assertLessEqual((OPTIONS.pages / "large.html").stat().st_size, 5_000_000)

    def test_answers_within_two_seconds(self):
        def seconds():
            begin = time.monotonic()
            page = self.open("large")
            page.keyboard.press("p")
            self.settle()
            return time.monotonic() - begin

        # Of three, since other tests run beside this one on the same cores.
        self.assertLess(min(seconds() for _ in range(3)), 2)
        self.assertEqual(self.bytes_of("#instant-categories tfoot td.bytes"), load("large")["peak"]["requested_bytes"])

    def test_draws_more_than_30_frames_a_second_while_zooming_and_panning(self):
        page = self.open("large")
        for mode in ("totals", "blocks"):
            for division in ("category", "module", "phase"):
                page.locator(f"#view-{mode}").click()
                page.locator(f"#by-{division}").click()
                frames = page.evaluate(
                    """() => { const begin = performance.now();
                         for (let i = 0; i < 60; i++) {
                           const part = i < 30 ? 1 - i / 31 : 0.2;
                           const from = i < 30 ? 0.3 * (1 - part) : (i - 30) / 50;
                           view.show(from * view.end(), (from + part) * view.end());
                           chart.stale = true;
                           chart.draw();
                         }
                         const copy = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
                         copy.drawImage(document.getElementById('chart-areas'), 0, 0);
                         copy.getImageData(0, 0, 1, 1);  // waits for the drawing
                         return 60 * 1000 / (performance.now() - begin); }""")
                self.assertGreater(frames, 30, f"{mode} by {division}")

    def test_switches_the_view_within_half_a_second(self):
        page = self.open("large")
        for button in ("view-blocks", "by-module", "by-phase", "view-totals"):
            begin = time.monotonic()
            page.locator(f"#{button}").click()
            self.settle()
            self.assertLess(time.monotonic() - begin, 0.5, button)

    def test_blocks_and_band_reach_the_highest_instant_of_each_column(self):
        page = self.open("large")
        page.locator("#view-blocks").click()
        self.settle()
        off, columns, banded = page.evaluate(
            """() => { const { pixels, width, height } = blockPicture.picture;
                 const { totals } = frame.shown();
                 const highest = new Float64Array(width);
                 for (let i = 0; i < timeline.length; i++) {
                   const x = Math.floor((timeline.event[i] - view.from) / (view.to - view.from) * width);
                   highest[x] = Math.max(highest[x], totals[i]);
                 }
                 let [off, columns, banded] = [0, 0, 0];
                 for (let x = 0; x < width; x++) {
                   if (highest[x] === 0) continue;
                   columns += 1;
                   let y = 0;
                   while (y < height && pixels[y * width + x] === 0) y++;
                   if (Math.abs(height - y - highest[x] / frame.highest * height) > 1) off += 1;
                   if (pixels[y * width + x] === blockInks.band || pixels[y * width + x] === blockInks.bandLine) banded += 1;
                 }
                 return [off, columns, banded]; }""")
        self.assertGreater(columns, 1_000)
        self.assertGreater(banded, 100, "without a band the test would show nothing about it")
        self.assertEqual(off, 0)

    def test_every_division_sums_to_the_total_although_most_allocations_are_not_listed(self):
        page = self.open("large")
        self.assertGreater(page.evaluate("chartData.allocations_in_trace"), 10 * page.evaluate("allocations.length"))
        for division in ("category", "module", "phase"):
            page.locator(f"#by-{division}").click()
            self.assertEqual(
                page.evaluate("""() => timeline.total.filter((total, i) =>
                                   grouping.groups().reduce((sum, group) => sum + group.layer[i], 0) !== total).length"""), 0, division)

    def test_no_spike_is_lower_than_it_is(self):
        """In each column of pixels the stack reaches what the highest instant of that column held."""
        page = self.open("large")
        page.locator("#legend button[data-group=unknown]").click()  # its hatch is a mixture of colours
        self.settle()
        columns = page.evaluate(
            """() => { const canvas = document.getElementById('chart-areas');
                 const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
                 copy.drawImage(canvas, 0, 0);
                 const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
                 const style = getComputedStyle(document.documentElement);
                 const colors = new Set(categories.map((c) => style.getPropertyValue(`--c-${c.key}`).trim().toLowerCase()));
                 const at = (x, y) => { const k = 4 * (y * canvas.width + x);
                   return '#' + [0, 1, 2].map((c) => data[k + c].toString(16).padStart(2, '0')).join(''); };
                 const left = Math.round(frame.left);
                 const right = Math.round(frame.left + frame.plotWidth());
                 const highest = new Map();
                 const { totals } = frame.shown();
                 for (let i = 0; i < timeline.length; i++) {
                   const x = Math.floor(left + (timeline.event[i] - view.from) / (view.to - view.from) * (right - left));
                   highest.set(x, Math.max(highest.get(x) || 0, totals[i]));
                 }
                 const found = [];
                 for (const [x, total] of highest) {
                   if (x >= right) continue;
                   let y = Math.ceil(frame.top) + 1;
                   while (y < canvas.height && !colors.has(at(x, y))) y++;
                   found.push([x, y, frame.y(total)]);
                 }
                 return found; }""")
        self.assertGreater(len(columns), 500)
        self.assertEqual([c for c in columns if c[1] > c[2] + 3], [], "the edge of an area mixes colours for a pixel or two")


if __name__ == "__main__":
    report_page.main()
