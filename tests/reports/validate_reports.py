"""Validates JSON reports against their schema.

    validate_reports.py SCHEMA_FOLDER WRITE_REPORTS SCRATCH_FOLDER REPORT…

Besides the files given, WRITE_REPORTS makes reports of random summaries, and estimates. To show that the schemas can
refuse something, each file is also damaged in several ways, and each damaged one must be refused.
"""

import copy
import json
import pathlib
import shutil
import subprocess
import sys

import jsonschema


def damaged_report(report):
    """Reports that are wrong in one way each, with what is wrong."""

    def changed(what, change):
        copied = copy.deepcopy(report)
        change(copied)
        return what, copied

    yield changed("no schema number", lambda r: r.pop("schema"))
    yield changed("a schema of another version", lambda r: r.update(schema=999))
    yield changed("a size as text", lambda r: r["peak"].update(requested_bytes="2 GiB"))
    yield changed("a category missing", lambda r: r["peak"]["by_category"].pop("unknown"))
    yield changed("an invented category", lambda r: r["peak"]["by_category"].update(other=0))
    yield changed("a null without its reason", lambda r: (r["losses"].update(unimplemented_calls=None),
                                                          r["losses"].pop("unimplemented_calls_why_not")))
    yield changed("an unknown phase", lambda r: r["peak"].update(phase="lunch"))
    yield changed("a value with a reason for its absence", lambda r: r["losses"].update(unimplemented_calls=3))


def damaged_estimate(estimate):
    """The same for estimates."""
    without_value = copy.deepcopy(estimate)
    for key in ("count", "bytes", "ratio"):
        without_value["tables"][0]["rows"][0].pop(key, None)
    yield "a row without a value", without_value
    without_reason = copy.deepcopy(estimate)
    without_reason["model"]["peak"].pop("observed_bytes_why_not")
    yield "a null without its reason", without_reason


def problems_of(schema_path, files, damaged):
    """Prints and counts what is wrong with the files, or with a schema that accepts what it must not."""
    schema = json.loads(schema_path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    problems = 0
    for path in files:
        content = json.loads(path.read_text(encoding="utf-8"))
        for error in validator.iter_errors(content):
            print(f"{path}: {error.json_path}: {error.message[:300]}")
            problems += 1
        for what, wrong in damaged(content):
            if validator.is_valid(wrong):
                print(f"{path}: {schema_path.name} accepts {what}")
                problems += 1
    print(f"{schema_path.name}: {len(files)} files, {problems} problems")
    return problems


def main():
    schemas, write_reports, scratch, *given = sys.argv[1:]
    schemas, scratch = pathlib.Path(schemas), pathlib.Path(scratch)
    shutil.rmtree(scratch, ignore_errors=True)
    subprocess.run([write_reports, scratch, "60"], check=True)
    reports = sorted(scratch.glob("report_*.json")) + [pathlib.Path(name) for name in given]
    estimates = sorted(scratch.glob("estimate_*.json"))
    problems = problems_of(schemas / "report.schema.json", reports, damaged_report)
    problems += problems_of(schemas / "estimate.schema.json", estimates, damaged_estimate)
    return 1 if problems or len(reports) < 60 or len(estimates) < 3 else 0


if __name__ == "__main__":
    sys.exit(main())
