"""Whether the job can ask AWS, and what to say where it cannot."""

from __future__ import annotations

from collections.abc import Mapping

from flowguard.action.job import Job

_SOURCES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
"""Variables of which one is set in a job that means to ask AWS."""


def are_left_out(environment: Mapping[str, str], job: Job) -> bool:
    """Whether it is no mistake that the job has no credentials.

    GitHub gives none to a pull request from a fork or from Dependabot. Anywhere
    else a gate that asks nobody would pass what it should stop, so that there
    the sign-in fails and says so.
    """
    if job.event != "pull_request":
        return False
    if any(environment.get(name) for name in _SOURCES):
        return False
    return not (job.is_self_hosted and _machine_has_a_role())


def _machine_has_a_role() -> bool:
    """Whether the machine of a self-hosted runner has credentials of its own."""
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    try:
        return Session().get_credentials() is not None
    except BotoCoreError:  # it has some that are of no use; the sign-in says why
        return True


def hint(environment: Mapping[str, str]) -> str:
    """What a container keeps from AWS's tools, where it may be the cause."""
    if profile := environment.get("AWS_PROFILE"):
        return (
            f"AWS_PROFILE is {profile!r}, but the container of the step does not see "
            "the runner's ~/.aws: give aws-actions/configure-aws-credentials the input "
            "output-env-credentials: true"
        )
    address = environment.get("AWS_ENDPOINT_URL", "")
    if any(host in address for host in ("//localhost", "//127.", "//[::1]")):
        return (
            f"AWS_ENDPOINT_URL is {address!r}, but the localhost of the container is "
            "not the runner's: name a service container by its name"
        )
    return ""
