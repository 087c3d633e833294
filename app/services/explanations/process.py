"""The explainer process: started when needed, replaced when it dies."""

import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from pipeline import errors
from pipeline.errors import Rejected, Unreachable
from pipeline.explain.types import Explanation

SERVICE = "The explainer"
ROOT = Path(__file__).parents[3]
WORKER = (sys.executable, "-m", "app.services.explanations.worker")
TIMEOUT_SECONDS = 60.0
READ_BYTES = 1 << 16
LOW_MEMORY = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": "65536",
}
"""Returns memory after a large file was read: 280 MB instead of 370 MB, and no slower."""


class ExplainerProcess:
    """One process for all operators, which handles one request after the other.

    Parameters
    ----------
    timeout
        Seconds that a request may take; a process that takes longer is ended.
    """

    def __init__(self, command: tuple[str, ...] = WORKER, timeout: float = TIMEOUT_SECONDS) -> None:
        self._command = command
        self._timeout = timeout
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def explain(self, **request: object) -> Explanation:
        """Explain a row; see ``app.services.explanations.worker.explain``.

        Raises
        ------
        PipelineError
            The row cannot be explained, and why.
        Unreachable
            The process did not answer in time, or died twice.
        """
        with self._turn:
            answer = self._send(request)
        if "error" in answer:
            kind = getattr(errors, answer["error"], errors.PipelineError)
            raise kind(answer["message"])
        return TypeAdapter(Explanation).validate_python(answer["result"])

    def close(self) -> None:
        """End the process; the next request starts another."""
        process, self._process = self._process, None
        if process:
            process.kill()
            process.communicate()

    def _send(self, request: Mapping[str, object]) -> dict[str, Any]:
        """Send a request, again if the process died, as it does after a while without work."""
        line = json.dumps(request).encode() + b"\n"
        for _ in range(2):
            try:
                return self._exchange(self._running(), line)
            except (BrokenPipeError, EOFError):
                self.close()
            except TimeoutError as error:
                self.close()
                raise Unreachable(
                    SERVICE, f"The explainer gave no answer within {self._timeout:g} s."
                ) from error
        raise Rejected(SERVICE, "The explainer ended without an answer; the console's log has why.")

    def _exchange(self, process: "subprocess.Popen[bytes]", line: bytes) -> dict[str, Any]:
        if process.stdin is None or process.stdout is None:
            raise EOFError
        process.stdin.write(line)
        process.stdin.flush()
        deadline = time.monotonic() + self._timeout
        answer: dict[str, Any] = json.loads(_line(process.stdout.fileno(), deadline))
        return answer

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=os.environ | LOW_MEMORY,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        return self._process


def _line(descriptor: int, deadline: float) -> bytes:
    """Read up to the end of a line; raises EOFError or TimeoutError where none comes."""
    read = bytearray()
    with selectors.DefaultSelector() as waiting:
        waiting.register(descriptor, selectors.EVENT_READ)
        while not read.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not waiting.select(left):
                raise TimeoutError
            piece = os.read(descriptor, READ_BYTES)
            if not piece:
                raise EOFError
            read += piece
    return bytes(read)
