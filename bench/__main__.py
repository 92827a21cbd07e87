"""All benchmarks, one after the other: python -m bench, or with names for some of them.

Each runs in a process of its own, so that none warms up or fattens the next. About ten minutes.
"""

import subprocess
import sys

BENCHES = ("casting", "blind", "gate", "ranking", "tally")


def main(names: list[str]) -> int:
    unknown = set(names) - set(BENCHES)
    if unknown:
        print(f"There is no benchmark {', '.join(sorted(unknown))}; choose from {BENCHES}.")
        return 2
    failed = [name for name in names or BENCHES if not run(name)]
    if failed:
        print(f"\nBroke off: {', '.join(failed)}")
    return bool(failed)


def run(name: str) -> bool:
    print(f"\n== {name} ==", flush=True)
    return subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
