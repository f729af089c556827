"""What ran, written where a test looks; and the faults that a test asks for."""

import json
import os
import signal
import sys
import time


def trace(study, stage, cells=(), **facts):
    """Append one line per call to the file that the test names."""
    with open(os.environ["TEGUM_TEST_TRACE"], "a", encoding="utf-8") as file:
        line = {"study": study, "stage": stage, "cells": [c.axes for c in cells], **facts}
        file.write(json.dumps(line) + "\n")


def fault(stage):
    """Fail as the test asks: `<stage>:` and `exit`, `nan`, `hang` or `deaf`."""
    wanted, _, kind = os.environ.get("TEGUM_TEST_FAULT", "").partition(":")
    if wanted != stage:
        return None
    if kind == "exit":
        sys.exit(1)
    if kind == "deaf":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if kind in ("hang", "deaf"):
        time.sleep(600)
    return kind
