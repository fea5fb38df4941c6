"""Axes, zoom, legend, keys and what is drawn on the canvas."""

import report_page
from report_page import load

VIEW = "(() => { const { view } = window.profileTrainReport; return [view.from, view.to, view.axis, view.selected]; })()"


class Chart(report_page.PageTest):
    def view(self):
        self.settle()
        return self.page.evaluate(VIEW)

    def pixels(self, canvas="chart-areas"):
        """Colours on a canvas with the number of their pixels."""
        self.settle()
        return self.page.evaluate(
            """(id) => { const canvas = document.getElementById(id);
                 const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
                 copy.drawImage(canvas, 0, 0);
                 const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
                 const counts = {};
                 for (let i = 0; i < data.length; i += 4) {
                   if (data[i + 3] !== 255) continue;
                   const key = '#' + [0, 1, 2].map((k) => data[i + k].toString(16).padStart(2, '0')).join('');
                   counts[key] = (counts[key] || 0) + 1;
                 }
                 return counts; }""", canvas)

    def color(self, category):
        return self.page.evaluate(
            "(name) => getComputedStyle(document.documentElement).getPropertyValue(`--c-${name}`).trim()", category)

    def test_large_categories_cover_the_chart_in_their_colours(self):
        self.open("sample")
        counts = self.pixels()
        for category in ["weights", "optimizer_state", "gradients", "activations"]:
            self.assertGreater(counts.get(self.color(category), 0), 2_000, category)
        # Weights are there from init on; optimizer state is twice as high, but begins with the first optimizer step.
        self.assertGreater(counts[self.color("optimizer_state")], 1.3 * counts[self.color("weights")])

    def test_legend_hides_and_shows_a_category(self):
        page = self.open("sample")
        before = self.pixels()
        button = page.locator("#legend button[data-group=optimizer_state]")
        self.assertEqual(button.get_attribute("aria-pressed"), "true")
        button.click()
        self.assertEqual(button.get_attribute("aria-pressed"), "false")
        self.assertEqual(self.pixels().get(self.color("optimizer_state"), 0), 0)
        self.assertEqual(self.bytes_of("#instant-categories tfoot td.bytes"), load("sample")["peak"]["requested_bytes"],
                         "totals do not depend on what is shown")
        button.click()
        self.assertEqual(self.pixels(), before)

    def test_axis_toggles_between_event_order_and_time(self):
        page = self.open("sample")
        order = self.view()
        self.assertEqual((order[0], order[2]), (0, "order"))
        drawn = self.pixels()
        page.locator("#axis-time").click()
        self.assertEqual(page.locator("#axis-time").get_attribute("aria-pressed"), "true")
        self.assertEqual(page.locator("#axis-order").get_attribute("aria-pressed"), "false")
        time = self.view()
        self.assertEqual(time[2], "time")
        last = load("sample")["phases"][-1]
        self.assertGreaterEqual(time[1], last["end_ns"])
        self.assertNotEqual(self.pixels(), drawn)
        page.locator("#axis-order").click()
        self.assertEqual(self.view(), order)
        self.assertEqual(self.pixels(), drawn)

    def test_drag_wheel_buttons_and_double_click_zoom(self):
        page = self.open("sample")
        page.locator("#chart").scroll_into_view_if_needed()
        whole = self.view()
        box = page.locator("#chart").bounding_box()
        y = box["y"] + 250
        page.mouse.move(box["x"] + 400, y)
        page.mouse.down()
        page.mouse.move(box["x"] + 600, y, steps=5)
        page.mouse.up()
        dragged = self.view()
        plot = box["width"] - 74 - 12
        for side, pixel in ((0, 400), (1, 600)):
            self.assertAlmostEqual(dragged[side], (pixel - 74) / plot * whole[1], delta=whole[1] / plot)
        self.assertEqual(dragged[3], whole[3], "a drag chooses no instant")
        page.mouse.move(box["x"] + 500, y)
        page.mouse.wheel(0, -300)
        wheeled = self.view()
        self.assertLess(wheeled[1] - wheeled[0], dragged[1] - dragged[0])
        page.locator("#zoom-out").click()
        self.assertGreater(self.view()[1] - self.view()[0], wheeled[1] - wheeled[0])
        page.locator("#zoom-reset").click()
        self.assertEqual(self.view()[:2], whole[:2])
        page.locator("#zoom-in").click()
        self.assertLess(self.view()[1] - self.view()[0], whole[1])
        page.mouse.dblclick(box["x"] + 500, y)
        self.assertEqual(self.view()[:2], whole[:2])

    def test_hover_shows_bytes_by_category(self):
        page = self.open("sample")
        page.locator("#chart").scroll_into_view_if_needed()
        tooltip = page.locator("#tooltip")
        self.assertFalse(tooltip.is_visible())
        at = page.evaluate("window.profileTrainReport.screenOf(window.profileTrainReport.peakPoint)")
        page.mouse.move(at["x"], at["y"])
        self.settle()
        self.assertTrue(tooltip.is_visible())
        text = tooltip.inner_text()
        peak = load("sample")["peak"]
        self.assertIn(f"{peak['requested_bytes'] / 2**30:.2f} GiB", text)
        self.assertIn(f"weights\t{peak['by_category']['weights'] / 2**20:.1f} MiB", text)
        self.assertIn(f"event {peak['event']:,}", text)
        page.mouse.move(5, 5)
        self.settle()
        self.assertFalse(tooltip.is_visible())

    def test_keys_move_the_instant_zoom_and_jump_to_the_peak(self):
        page = self.open("sample")
        chart = page.locator("#chart")
        peak = self.view()[3]
        chart.press("ArrowLeft")
        self.assertEqual(self.view()[3], peak - 1)
        chart.press("Shift+ArrowLeft")
        self.assertEqual(self.view()[3], peak - 51)
        chart.press("ArrowRight")
        self.assertEqual(self.view()[3], peak - 50)
        self.assertEqual(self.event_shown(), page.evaluate("(p) => window.profileTrainReport.eventOf(p)", peak - 50))
        chart.press("Home")
        self.assertEqual(self.view()[3], 0)
        chart.press("ArrowLeft")
        self.assertEqual(self.view()[3], 0, "there is nothing before the first instant")
        chart.press("+")
        near = self.view()
        chart.press("-")
        self.assertGreater(self.view()[1] - self.view()[0], near[1] - near[0])
        page.locator("body").press("p")
        self.assertEqual(self.view()[3], peak)
        self.assertEqual(self.event_shown(), load("sample")["peak"]["event"])

    def test_typing_a_p_into_the_search_moves_nothing(self):
        page = self.open("sample")
        page.locator("#chart").press("Home")
        page.locator("#search").press_sequentially("ppp")
        self.assertEqual(self.view()[3], 0)
        self.assertEqual(page.locator("#search").input_value(), "ppp")

    def test_canvas_has_a_pixel_for_each_pixel_of_the_screen(self):
        context = self.browser.new_context(viewport={"width": 1000, "height": 800}, device_scale_factor=2, offline=True)
        self.addCleanup(context.close)
        page = context.new_page()
        page.goto((report_page.OPTIONS.pages / "sample.html").resolve().as_uri())
        page.wait_for_function("document.getElementById('chart-areas').width > 300")
        box = page.locator("#chart").bounding_box()
        self.assertEqual(page.evaluate("document.getElementById('chart-areas').width"), round(2 * box["width"]))


if __name__ == "__main__":
    report_page.main()
