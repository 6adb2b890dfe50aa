# SPDX-License-Identifier: Apache-2.0
"""Waiting for conditions, with a deadline and with words for what did not come."""
import time


class Timeout(AssertionError):
    pass


def wait_until(condition, what, seconds=30.0):
    """Returns the first true value of condition()."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Timeout(f"waited {seconds:g} s in vain for {what() if callable(what) else what}")
        time.sleep(0.02)
