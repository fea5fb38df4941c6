"""Reads budget reports as other programs do: JUnit with an XML parser, JSON with its schema, Markdown as a table.

    check_formats.py SCHEMA_FOLDER WRITE_BUDGET_REPORTS SCRATCH_FOLDER
"""

import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import jsonschema


def check_junit(folder, name, failures, errors):
    root = ElementTree.parse(folder / f"{name}.xml").getroot()
    assert root.tag == "testsuites", root.tag
    (suite,) = root
    cases = suite.findall("testcase")
    assert int(suite.get("tests")) == len(cases), suite.attrib
    assert int(suite.get("failures")) == len(suite.findall("testcase/failure")) == failures, suite.attrib
    assert int(suite.get("errors")) == len(suite.findall("testcase/error")) == errors, suite.attrib
    for case in cases:
        assert case.get("name") and case.get("classname"), case.attrib
    return suite


def main():
    schema_folder, write_reports, scratch = sys.argv[1:]
    folder = pathlib.Path(scratch)
    subprocess.run([write_reports, str(folder)], check=True)

    suite = check_junit(folder, "exceeded", failures=1, errors=1)
    (failure,) = suite.findall("testcase/failure")
    assert "51,463,168 B over the limit" in failure.get("message"), failure.attrib
    assert "aten::linear in lm_head" in failure.text, failure.text
    assert "\n" in failure.text, "one line a site"
    check_junit(folder, "kept", failures=0, errors=0)
    inferred = check_junit(folder, "inferred", failures=1, errors=1)
    outputs = {case.get("name"): case.findtext("system-out", "") for case in inferred.findall("testcase")}
    assert "categories are inferred" in outputs["the trace can be judged"], outputs
    assert "inferred" in outputs["categories.inputs"], outputs
    assert outputs["peak.requested"] == "", "sizes are recorded"
    hostile = check_junit(folder, "hostile", failures=1, errors=1)
    assert "a<b>&\"c'|`d`]]>" in hostile.get("name"), hostile.get("name")
    assert "層" in hostile.get("name"), hostile.get("name")

    schema = json.loads((pathlib.Path(schema_folder) / "check.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    for name in ("exceeded", "kept", "inferred", "hostile"):
        report = json.loads((folder / f"{name}.json").read_text())
        validator.validate(report)
        report["limits"][0]["verdict"] = "fine"
        assert not validator.is_valid(report), "the schema takes an invented verdict"

    for name in ("exceeded", "kept", "inferred", "hostile"):
        table = [line for line in (folder / f"{name}.md").read_text().splitlines() if line.startswith("|")]
        columns = {line.replace("\\|", "").count("|") for line in table}
        assert columns == {6}, (name, columns)
    print("JUnit, JSON and Markdown are what they should be.")


main()
