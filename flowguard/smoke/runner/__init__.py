"""Run a suite: wait, sign in, prove the release, judge the checks, watch, clean up."""

from flowguard.smoke.runner.run import run, take

__all__ = ["run", "take"]
