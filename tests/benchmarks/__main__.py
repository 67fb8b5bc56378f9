"""`make bench`, or `python -m tests.benchmarks [NAME …]`: runs every benchmark, or those whose names hold a NAME."""

from __future__ import annotations

import importlib
import pkgutil
import sys

from tests import benchmarks
from tests.support.programs import Missing

_PREFIX = "bench_"


def main(wanted: list[str]) -> int:
    """0 when all ran and met their bounds; a benchmark that misses one raises AssertionError."""
    names = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name.startswith(_PREFIX))
    chosen = [name for name in names if not wanted or any(word in name for word in wanted)]
    if not chosen:
        print(f"no such benchmark; there are: {', '.join(name.removeprefix(_PREFIX) for name in names)}", file=sys.stderr)
        return 2
    failed = 0
    for name in chosen:
        print(f"\n== {name.removeprefix(_PREFIX).replace('_', ' ')}", flush=True)
        try:
            importlib.import_module(f"tests.benchmarks.{name}").run()
        except (AssertionError, Missing) as error:
            print(f"   FAILED: {error}", flush=True)
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
