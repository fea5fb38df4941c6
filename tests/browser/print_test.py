"""The summary on paper: what is on it, what is not, and that nothing is cut."""

import re

import report_page
from report_page import load

A4_PIXELS = 703  # 210 mm less two margins of 12 mm


class Print(report_page.PageTest):
    def open_on_paper(self, name, theme="dark"):
        page = self.open(name, theme=theme, width=A4_PIXELS)
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        self.settle()
        return page

    def test_the_button_prints(self):
        page = self.open("compared")
        page.evaluate("window.print = () => { window.printed = true; }")
        page.locator("#print").click()
        self.assertTrue(page.evaluate("window.printed"))

    def test_paper_has_the_summary_and_no_controls(self):
        page = self.open_on_paper("compared")
        for part in ("#peak-size", "#peak-bar", "#peak-categories", "#legend", "#chart-paper", "#model-table", "#steps table",
                     "#ladder table", "#phases table", "#paper-line"):
            self.assertTrue(page.locator(part).is_visible(), part)
        for part in ("#print", "#theme", "#view-blocks", "#by-module", "#axis-order", "#zoom-in", "#go-peak", "#overview", "#chart",
                     "#instant", "#run", "#search", "#model-tabs", "#steps button", "#phases button", "#chart-note"):
            self.assertFalse(page.locator(part).first.is_visible(), part)
        text = page.locator("body").inner_text()
        self.assertIn(f"{load('compared')['peak']['requested_bytes']:,} B", text)
        for term in load("compared")["model"]["terms"]:
            self.assertIn(term["name"], text)
        self.assertIn("Logits spike", text)
        shown = page.locator("#phases tbody tr").count()
        self.assertIn(f"The first {shown} of {len(load('compared')['phases'])} phases", text)

    def test_warnings_are_on_paper(self):
        page = self.open_on_paper("damaged")
        self.assertEqual(page.locator(".banner:visible").count(), 2)

    def test_no_table_is_wider_than_the_paper(self):
        page = self.open_on_paper("compared")
        self.assertEqual(
            page.evaluate("""() => [...document.querySelectorAll('table')].filter((t) => t.getClientRects().length > 0)
                               .filter((t) => t.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map((t) => t.caption.textContent)"""),
            [])

    def colors_on_paper(self):
        return self.page.evaluate(
            """() => { const canvas = document.getElementById('chart-paper');
                 const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
                 copy.drawImage(canvas, 0, 0);
                 const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
                 const counts = {};
                 for (let i = 0; i < data.length; i += 4) {
                   const key = '#' + [0, 1, 2].map((k) => data[i + k].toString(16).padStart(2, '0')).join('');
                   if (data[i + 3] === 255) counts[key] = (counts[key] || 0) + 1;
                 }
                 return counts; }""")

    def test_the_chart_on_paper_is_the_one_on_the_screen_in_light_colours(self):
        page = self.open("sample", theme="dark")
        page.locator("#by-module").click()
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        by_module = self.colors_on_paper()
        light = "#4c4c49"  # --g-none of the light theme
        self.assertEqual(page.evaluate("theme.color('--g-none')"), light)
        self.assertGreater(by_module.get(page.evaluate("theme.color('--g-1')"), 0), 20_000, "the embedding")
        self.assertGreater(page.evaluate("document.getElementById('chart-paper').width"), 2_000, "sharp on paper")
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        page.locator("#view-blocks").click()
        page.locator("#by-category").click()
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        blocks = self.colors_on_paper()
        self.assertGreater(blocks.get(page.evaluate("theme.color('--c-weights')"), 0), 5_000)
        self.assertEqual(blocks.get(page.evaluate("theme.color('--g-1')"), 0), 0)
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        self.settle()
        self.assertEqual(page.evaluate("document.documentElement.dataset.theme"), "dark")
        box = page.locator("#chart").bounding_box()
        self.assertEqual(page.evaluate("[frame.width, frame.height]"), [box["width"], box["height"]], "the screen is as before")

    def test_a_pdf_has_a_few_pages(self):
        for name, most in (("compared", 3), ("damaged", 4), ("empty", 3)):
            page = self.open(name)
            pdf = page.pdf(prefer_css_page_size=True)
            pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))
            self.assertTrue(1 <= pages <= most, f"{name}: {pages} pages")


if __name__ == "__main__":
    report_page.main()
