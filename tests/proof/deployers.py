"""The deploy tools as people use them: each with a project and its default settings.

The service of each project answers to `health` by zipped code, behind a version or an
alias, and to `greeting` by inline code.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from flowguard.demo.server import EmbeddedAccount

PROJECTS = Path(__file__).with_name("projects")
ARTIFACTS = "proof-artifacts"
SNAPSHOTS = "proof-snapshots"
_TIMEOUT = 600
_QUIET = {
    "CDK_DISABLE_CLI_TELEMETRY": "true",
    "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    "SAM_CLI_TELEMETRY": "0",
    "SLS_NOTIFICATIONS_MODE": "off",
    "SLS_TELEMETRY_DISABLED": "1",
}
"""Nobody outside is told, or asked for a newer release."""


@dataclass(frozen=True, slots=True)
class Deployer:
    """A tool: how its users deploy, and what they tell FlowGuard of it.

    `{release}` stands for the release's number.
    """

    name: str
    stack: str
    stage: str
    """Of the REST API."""
    deploy: tuple[str, ...]
    build: tuple[str, ...] = ()
    """What is done before each deploy, if anything."""
    package: tuple[str, ...] = ()
    """What makes the artifacts without a deploy, where `build` does not."""
    once: tuple[str, ...] = ()
    """What an account needs before the first."""
    described: tuple[str, ...] = ()
    """The options that tell FlowGuard what is deployed."""
    granted: tuple[str, ...] = ()
    """Those that tell it what the deploy grants."""

    def __str__(self) -> str:
        return self.name


OSLS = Deployer(
    "osls",
    stack="proof-dev",
    stage="dev",
    deploy=("osls", "deploy"),
    package=("osls", "package"),
    described=("--stage", "dev"),
)
SAM = Deployer(
    "sam",
    stack="sam-proof",
    stage="Prod",
    deploy=("sam", "deploy", "--no-progressbar"),
    build=(
        *("sam", "package", "--resolve-s3", "--no-progressbar"),
        *("--output-template-file", "packaged.yaml"),
    ),
    described=("--template", "template.yaml", "--parameter", "Release={release}"),
    granted=("--capability", "CAPABILITY_IAM"),
)
CDK = Deployer(
    "cdk",
    stack="CdkProof",
    stage="live",
    deploy=(
        *("cdk", "deploy", "--require-approval", "never", "--no-notices"),
        *("--parameters", "Release={release}"),
    ),
    build=("cdk", "synth", "--quiet", "--no-notices"),
    once=("cdk", "bootstrap", "--no-notices"),
    described=(
        *("--template", "cdk.out/CdkProof.template.json"),
        *("--parameter", "Release={release}"),
    ),
    granted=("--capability", "CAPABILITY_IAM"),
)
CLI = Deployer(
    "aws",
    stack="cli-proof",
    stage="live",
    deploy=(
        *("aws", "cloudformation", "deploy", "--template-file", "packaged.yaml"),
        *("--stack-name", "cli-proof", "--capabilities", "CAPABILITY_IAM"),
        *("--parameter-overrides", "Release={release}"),
    ),
    build=(
        *("aws", "cloudformation", "package", "--template-file", "template.yaml"),
        *("--s3-bucket", ARTIFACTS, "--output-template-file", "packaged.yaml"),
    ),
    described=("--template", "packaged.yaml", "--parameter", "Release={release}"),
    granted=("--capability", "CAPABILITY_IAM"),
)


class Project:
    """A tool's project in a folder, and the account that it is deployed to."""

    def __init__(
        self, deployer: Deployer, account: EmbeddedAccount, folder: Path
    ) -> None:
        self.deployer = deployer
        self.account = account
        self.folder = folder / deployer.name
        self.release = 0
        self.edits: dict[str, str] = {}
        """Text of the project → what stands in its place in all later releases."""
        self._home = folder / "home"
        self._home.mkdir(parents=True)

    def prepare(self) -> None:
        """Make what an account needs before the first deploy."""
        _make_buckets()
        if self.deployer.once:
            self.write(1)
            self.run(*self.deployer.once)

    def write(self, release: int, *, works: bool = True) -> None:
        """Put the code of a release into the project, and build it."""
        self.release = release
        for source in (PROJECTS / "shared", PROJECTS / self.deployer.name):
            for path in source.rglob("*"):
                if path.is_file():
                    text = path.read_text(encoding="utf-8")
                    text = text.replace("@release@", str(release))
                    text = text.replace("@works@", str(int(works)))
                    for before, after in self.edits.items():
                        text = text.replace(before, after)
                    written = self.folder / path.relative_to(source)
                    written.parent.mkdir(parents=True, exist_ok=True)
                    written.write_text(text, encoding="utf-8")

    def build(self) -> None:
        """Do what the tool's users do before each deploy, if anything."""
        if self.deployer.build:
            self.run(*self.deployer.build)

    def deploy(self) -> None:
        """Deploy, with nobody on guard."""
        self.build()
        self.run(*self.command)

    def of_a_colleague(self) -> Project:
        """The same project in the same account, in a colleague's folder."""
        folder = self.folder.parent / "colleague"
        return Project(self.deployer, self.account, folder)

    def again(self) -> None:
        """Deploy what is deployed already, which some tools count as a failure."""
        done = self._run(*self.command)
        assert done.returncode == 0 or "No changes to deploy" in done.stderr

    @property
    def command(self) -> tuple[str, ...]:
        """The tool's own deploy command."""
        return self._filled(self.deployer.deploy)

    def flowguard(self, *arguments: str) -> int:
        """Run FlowGuard in the project; its exit code, and what it said on a failure."""
        done = self._run(sys.executable, "-m", "flowguard", *arguments)
        sys.stdout.write(f"$ flowguard {' '.join(arguments)}\n{done.stdout}")
        sys.stdout.write(f"{done.stderr}exit code {done.returncode}\n")
        return done.returncode

    def described(self) -> tuple[str, ...]:
        """The options that tell FlowGuard what is deployed, and to which stack."""
        return (
            "--stack-name",
            self.deployer.stack,
            *self._filled(self.deployer.described),
        )

    def preflight(self) -> int:
        """What the README has before each deploy: the report judges the way back."""
        written = ("--output", f"json={self.kept('preflight.json')}")
        told = (*self.described(), *self.deployer.granted)
        return self.flowguard("preflight", *told, *written)

    def snapshot(self) -> tuple[str, ...]:
        """Take a snapshot; the options that hand it on."""
        done = self._run(
            *(sys.executable, "-m", "flowguard", "snapshot"),
            *("--stack-name", self.deployer.stack),
            *("--preflight", self.kept("preflight.json")),
            *("--keep", f"s3://{SNAPSHOTS}/proof"),
            *("--output", self.kept("before.json")),
        )
        assert done.returncode == 0, done.stdout + done.stderr
        [digest] = [
            line.partition("=")[2]
            for line in done.stdout.splitlines()
            if line.startswith("snapshot-digest=")
        ]
        return ("--snapshot", self.kept("before.json"), "--snapshot-digest", digest)

    def guarded(self, release: int, *, works: bool) -> int:
        """Deploy a release with `flowguard guard` around the tool; the exit code.

        FlowGuard is told of the stack's name alone.
        """
        self.write(release, works=works)
        self.build()
        stack = ("--stack-name", self.deployer.stack)
        return self.flowguard("guard", *stack, "--", *self.command)

    def kept(self, name: str) -> str:
        """The path of a file beside the project."""
        return str(self.folder.with_name(name))

    def is_live(self, release: int) -> bool:
        """Whether this release answers, with its code and its parameter."""
        told = f'"code": "{release}"'
        return f'{told}, "parameter": "{release}"' in self._answer(
            "health"
        ) and told in self._answer("greeting")

    def run(self, *command: str) -> None:
        """Run a command of the project, which must work."""
        done = self._run(*command)
        assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"

    def stack(self) -> dict[str, Any]:
        """The stack as it is now."""
        client: Any = boto3.client("cloudformation")
        [found] = client.describe_stacks(StackName=self.deployer.stack)["Stacks"]
        stack: dict[str, Any] = found
        return stack

    def _answer(self, path: str) -> str:
        outputs = {each["OutputKey"]: each for each in self.stack()["Outputs"]}
        api = outputs["ApiId"]["OutputValue"]
        stage = self.deployer.stage
        url = f"{self.account.url}/restapis/{api}/{stage}/_user_request_/{path}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(url, timeout=60) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            return str(error.code)

    def _filled(self, words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(word.format(release=self.release) for word in words)

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        program = shutil.which(command[0])
        assert program is not None, f"{command[0]} is missing: use make proof"
        environment = self.account.environment()
        return subprocess.run(
            [program, *command[1:]],
            cwd=self.folder,
            env={
                **environment,
                **_QUIET,
                "HOME": str(self._home),
                "RELEASE": str(self.release),
                "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            },
            check=False,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
        )


def live(deployer: Deployer, account: EmbeddedAccount, folder: Path) -> Project:
    """The tool's project, whose first release is live."""
    project = Project(deployer, account, folder)
    project.prepare()
    project.write(1)
    project.deploy()
    assert project.is_live(1)
    return project


def _make_buckets() -> None:
    """Where artifacts go, and where snapshots may be kept."""
    client: Any = boto3.client("s3")
    for name in (ARTIFACTS, SNAPSHOTS):
        client.create_bucket(
            Bucket=name,
            CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
        )
    client.put_bucket_versioning(
        Bucket=SNAPSHOTS, VersioningConfiguration={"Status": "Enabled"}
    )
    client.put_public_access_block(
        Bucket=SNAPSHOTS,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
