"""Reads comparisons as other programs do: JSON with its schema, HTML with a parser that keeps account of its elements.

    check_formats.py SCHEMA_FOLDER WRITE_COMPARISONS SCRATCH_FOLDER
"""

import html.parser
import json
import pathlib
import subprocess
import sys

import jsonschema

EMPTY = {"meta", "br", "rect", "line", "circle", "path"}


class Page(html.parser.HTMLParser):
    """Elements that close where they should, and nothing that is fetched from elsewhere."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.counts = {}
        self.text = ""

    def handle_starttag(self, tag, attributes):
        self.counts[tag] = self.counts.get(tag, 0) + 1
        for name, value in attributes:
            assert name != "src" and not (name == "href" and "//" in value), (tag, name, value)
        if tag not in EMPTY or tag in ("rect", "circle"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.counts[tag] = self.counts.get(tag, 0) + 1

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data):
        self.text += data


def read_page(path):
    page = Page()
    page.feed(path.read_text())
    page.close()
    assert not page.open, page.open
    return page


def main():
    schema_folder, write_comparisons, scratch = sys.argv[1:]
    folder = pathlib.Path(scratch)
    subprocess.run([write_comparisons, str(folder)], check=True)

    for name, damage in (("diff", lambda r: r["sites"][0].update(change="other")),
                         ("matrix", lambda r: r["rows"][0].pop("failure"))):
        schema = json.loads((pathlib.Path(schema_folder) / f"{name}.schema.json").read_text())
        validator = jsonschema.Draft202012Validator(schema)
        validator.check_schema(schema)
        report = json.loads((folder / f"{name}.json").read_text())
        validator.validate(report)
        damage(report)
        assert not validator.is_valid(report), f"the schema of {name} takes a damaged report"

    diff = read_page(folder / "diff.html")
    assert diff.counts["path"] == 2, "both timelines"
    assert "+400 B" in diff.text and "aten::linear in lm_head" in diff.text, diff.text
    matrix = read_page(folder / "matrix.html")
    assert matrix.counts["figure"] == 3, matrix.counts
    assert "sample <script>" in matrix.text and "script" not in matrix.counts, matrix.counts
    print("Diff and matrix are what they should be.")


main()
