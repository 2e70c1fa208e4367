"""ministack, made to fail where AWS CloudFormation fails.

ministack brings CloudFormation's rollback, import, drift and change sets, but
most of its create handlers overwrite what exists (a DynamoDB table with all
its items), it empties a bucket in order to delete it, and it accepts
operations that the stack's state forbids. FlowGuard exists for exactly those
failures, so here they are put back, with the texts that AWS gives:

- `lifecycle`: creating what exists, deleting a bucket with content, updating
  what is gone;
- `refusals`: calls that the stack's state or missing capabilities forbid;
- `early`: pre-deployment validation, when it is switched on;
- `operations`, `answers`: what an operation leaves on its stack, and how that is told;
- `completion`, `exports`: the monitoring window, and exports that others import;
- `functions`: versions of Lambda functions, and the code that they run;
- `events`: the stack's events in AWS's order and wording;
- `documents`: templates in S3, in the version that is asked for.

ministack has no interface for that, so its private names are replaced; `pin`
knows each of them and says when one has moved.
"""

from __future__ import annotations

from flowguard.demo.strict.completion import Completion
from flowguard.demo.strict.documents import Documents
from flowguard.demo.strict.early import EarlyValidation
from flowguard.demo.strict.events import EventStream
from flowguard.demo.strict.lifecycle import StrictLifecycle
from flowguard.demo.strict.operations import install_operations
from flowguard.demo.strict.pin import self_test
from flowguard.demo.strict.refusals import install_refusals
from flowguard.demo.strict.state import ControlState


def install() -> ControlState:
    """Make the ministack of this process strict; once, before it serves.

    Returns the state that the controls of the running account are set in.
    Raises `FlowGuardError` when ministack is missing or is not the pinned one.
    """
    self_test()
    state = ControlState()
    events = EventStream()
    events.install()
    StrictLifecycle(state, events).install()
    Completion(state, events).install()
    install_refusals()
    EarlyValidation(state).install()
    Documents().install()
    install_operations()
    return state
