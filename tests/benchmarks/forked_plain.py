"""Runs the plain pipeline's two steps in forks of this process: the start that our tasks have.

Started behind ``compose.preload`` with the plain pipeline's modules, as ``forked_plain
FILE``. Prints the cost of both forks together as JSON.
"""

import json
import sys
from dataclasses import asdict

from tests.benchmarks.forks import forked
from tests.benchmarks.plain_pipeline import main as plain


def main(file: str) -> None:
    """Run both steps."""
    _, trained = forked(plain, "train", file)
    _, scored = forked(plain, "score", file)
    sys.stdout.write(json.dumps(asdict(trained + scored)))


if __name__ == "__main__":
    main(*sys.argv[1:])
