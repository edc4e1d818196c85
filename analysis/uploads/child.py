"""The process in which a visitor's file is read: limited in memory, time and size of its files."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

MEMORY = 6 * 1024**3
"""Address space, bytes; the libraries alone take about 2 GB of it without using them."""

CPU_SECONDS = 600
FILE_BYTES = 4 * 1024**3


def main() -> int:
    """Read a job from the standard input, do it, write lines of JSON to the standard output."""
    for name, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(name, (limit, limit))
    job = json.loads(sys.stdin.read())
    from analysis.uploads.refusals import Refused  # after the limits are set

    try:
        result = _do(job, Path(job["path"]))
    except Refused as error:
        say(refused=[error.reason, error.values])
        return 0
    except ValueError as error:
        say(refused=["nothing", {"name": job["file"], "detail": str(error)[:400]}])
        return 0
    except (Exception, MemoryError) as error:  # a library met a file that it does not understand
        say(refused=["broken", {"name": job["file"], "detail": f"{error}"[:400]}])
        return 0
    say(result=result)
    return 0


def _do(job: dict[str, Any], path: Path) -> dict[str, Any]:
    if job["what"] == "shapes":
        from analysis.uploads.shapes import read_shapes

        return read_shapes(path, job["form"], job["file"], job["crs"], job["most"])
    from analysis.uploads.understanding import take, understand

    if job["what"] == "look":
        return understand(path, job["form"], job["file"], job["answers"])
    return take(
        path, job["form"], job["name"], job["title"], job["answers"],
        lambda done, total: say(progress=[done, total]),
    )  # fmt: skip


def say(**line: Any) -> None:
    """Write one line for the server."""
    sys.stdout.write(json.dumps(line, default=str) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
