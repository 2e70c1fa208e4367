"""A suite that needs no AWS waits for none of its libraries."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import json, sys
from smoke_servers.serving import Answer, serving

from flowguard.aws.smoke import world
from flowguard.model.exchange import Request, Response
from flowguard.probe import Probe
from flowguard.process import Processes, checked_out
from flowguard.smoke.sign_in import Signed, begin
from flowguard.smoke.sign_ins import Bearer, OAuth2
from flowguard.smoke.suite import Suite

class Clock:
    def now(self): return 0.0
    def wait(self, seconds): return True

def connect():
    raise AssertionError("nobody needs AWS")

with Probe(environment={}) as probe, serving(lambda _: Answer(200, b'{"access_token": "t"}')) as url:
    made = world(connect, Suite((), control=url), send=probe, clock=Clock(),
                 run=Processes(print), git=checked_out, run_id="1", environment={"A": "b"})
    assert isinstance(made.send(Request("GET", url)), Response)
    assert made.values("env", "A").text == "b"
    assert made.changed() is None
    assert made.online()
    assert isinstance(begin("a", Bearer("t"), made), Signed)
    assert isinstance(begin("b", OAuth2(url, "c", "s"), made), Signed)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""
SLOW = {"boto3", "botocore", "jsonschema", "pydantic", "requests", "rich", "urllib3"}


def test_a_suite_without_aws_imports_nothing_of_it() -> None:
    tests, repository = Path(__file__).parents[2], Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        check=True,
        env={"PYTHONPATH": f"{repository}:{tests}", "PATH": ""},
        text=True,
    )

    assert SLOW.isdisjoint(json.loads(done.stdout.splitlines()[-1]))
