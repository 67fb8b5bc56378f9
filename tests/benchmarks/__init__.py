"""Benchmarks: each module `bench_*.py` has `run()`, which prints its figures beside a reference of the same run, as ratios."""
