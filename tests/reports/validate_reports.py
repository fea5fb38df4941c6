"""Validates JSON reports against their schema.

    validate_reports.py SCHEMA WRITE_REPORTS SCRATCH_FOLDER REPORT…

Besides the files given, WRITE_REPORTS makes reports of random summaries. To show that the schema can refuse something,
every report is also damaged in several ways, and each damaged one must be refused.
"""

import copy
import json
import pathlib
import subprocess
import sys

import jsonschema


def damaged(report):
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


def main():
    schema_path, write_reports, scratch, *files = sys.argv[1:]
    schema = json.loads(pathlib.Path(schema_path).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    subprocess.run([write_reports, scratch, "60"], check=True)
    files += sorted(str(path) for path in pathlib.Path(scratch).glob("random_*.json"))
    failures = 0
    for name in files:
        report = json.loads(pathlib.Path(name).read_text(encoding="utf-8"))
        for error in validator.iter_errors(report):
            print(f"{name}: {error.json_path}: {error.message[:300]}")
            failures += 1
        for what, wrong in damaged(report):
            if validator.is_valid(wrong):
                print(f"{name}: the schema accepts {what}")
                failures += 1
    print(f"{len(files)} reports, {failures} problems")
    return 1 if failures or len(files) < 60 else 0


if __name__ == "__main__":
    sys.exit(main())
