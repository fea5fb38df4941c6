"""Exits with 0 if every wheel pinned in the given list is installed here, whole: each file with the size it should have."""

import importlib.metadata
import pathlib
import sys


def complete(name: str, version: str) -> bool:
    try:
        wheel = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    if wheel.version != version or not wheel.files:
        return False
    for file in wheel.files:
        path = pathlib.Path(wheel.locate_file(file))
        if file.size is not None and (not path.is_file() or path.stat().st_size != file.size):
            print(f"{name} {version}: {path} is missing or cut", file=sys.stderr)
            return False
    return True


def main() -> int:
    for line in pathlib.Path(sys.argv[1]).read_text().splitlines():
        pin = line.partition("#")[0].strip()
        if pin and not complete(*pin.split("==")):
            return 1
    return 0


sys.exit(main())
