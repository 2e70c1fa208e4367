"""A fake of CloudFormation's state machine, which real boto3 talks to over HTTP.

    from cloudformation import serving, throttled

    with serving() as fake:
        aws = fake.aws()                        # flowguard.aws.session.Aws
        fake.do("create_stack", StackName="app", TemplateBody=BODY)
        fake.settle()                           # until nothing moves
        fake.script("Table", "update", "Cannot …")  # its next update fails so
        fake.on("describe_stacks", 2, throttled)    # what befalls the 2nd call
        …
        fake.stack("app").status, fake.world.live, fake.asked("rollback_stack")

`Fake().direct()` is the account without HTTP, for tests of many thousand calls. A
command in another process is given `fake.url` as AWS_ENDPOINT_URL.

Time is virtual. `fake.clock` fits wherever FlowGuard takes a clock (`now`, `wait`),
each describe_stacks and describe_stack_events moves it by `fake.tick` seconds, and
`fake.advance(seconds)` by as many; a resource takes `fake.lifecycle.seconds`.

What else a test can do:

- `fake.seed(name, status, body, **parameters)`: a stack that is found in any state;
- `fake.do(operation, **parameters)`: what somebody else does to a stack; no record;
- `fake.on(operation, n, do, answered=False)`: `throttled`, `denied`, `broken`, `cut`,
  `slow(s)` or any function of the call, at the nth call from now (0: each); with
  `answered` after it was carried out, so that only the answer is lost;
- `fake.script(logical_id, phase, reason, times=1)`: phases `create`, `update`,
  `rollback`, `continue`, `delete`;
- `fake.lifecycle.replaced.add(logical_id)`: its next change replaces it;
- `fake.stacks.page_size`, `fake.stacks.process` (the transforms of a template);
- `fake.world`: `buckets` and `store(bucket, key, body)` (functions' code is read from
  there, where the bucket exists), `live[type, physical id]`, `alarms`, `metrics`,
  `deployments` (CodeDeploy's), `backups`, `published`;
- `fake.calls` and `fake.asked(*operations)`: each call in its order.
"""

from cloudformation.fake import (
    PLACE,
    Call,
    Fake,
    broken,
    cut,
    denied,
    serving,
    slow,
    throttled,
)
from cloudformation.refusals import STATES, Refused, error, expected

__all__ = [
    "PLACE",
    "STATES",
    "Call",
    "Fake",
    "Refused",
    "broken",
    "cut",
    "denied",
    "error",
    "expected",
    "serving",
    "slow",
    "throttled",
]
