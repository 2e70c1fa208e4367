"""The inputs of the Action, in the order in which action.yml and the README list them."""

from __future__ import annotations

from flowguard.action.input import BOOLEAN, Input

_JUDGING = ("preflight", "merge")
"""The commands that say how the deploy would go."""
_TESTING = ("smoke", "verify", "deploy")
_TAKING_BACK = ("verify", "rollback", "deploy")
REPORTING = (*_JUDGING, "smoke", *_TAKING_BACK)
"""The commands that end in a report and a verdict."""
_OF_A_STACK = ("preflight", "snapshot", "record", "smoke", *_TAKING_BACK)
_OF_A_TEMPLATE = ("preflight", *_TESTING)
_CAPABILITIES = (
    "CAPABILITY_IAM",
    "CAPABILITY_NAMED_IAM",
    "CAPABILITY_AUTO_EXPAND",
)


INPUTS = (
    Input(
        "command",
        'What to do: "preflight" predicts how a deploy would fail and changes nothing; '
        '"snapshot" writes down what is live, and "record", right after the deploy, what '
        'was deployed; "smoke" tests the service; "verify" '
        'tests it and takes a bad deploy back; "rollback" takes the last one back; '
        '"deploy" deploys a template under all of that; "targets" lists the stacks of '
        'the repository for a matrix; "merge" takes their reports together.',
        default="preflight",
        choices=(
            "preflight",
            "snapshot",
            "record",
            "smoke",
            "verify",
            "rollback",
            "deploy",
            "targets",
            "merge",
        ),
    ),
    Input(
        "working-directory",
        "Folder that all other paths are relative to; itself relative to the workspace. "
        "What another step wrote is found by its output all the same.",
        default=".",
        is_path=True,
    ),
    Input(
        "config",
        "Path of the configuration; without it flowguard.yml, if there is one.",
        option="--config",
        is_path=True,
    ),
    Input(
        "template",
        "Path of the template, serverless.yml or a template in cdk.out/; without it "
        "the one that the folder has.",
        option="--template",
        is_path=True,
        commands=_OF_A_TEMPLATE,
    ),
    Input(
        "stack-name",
        "Name of the stack that is deployed to; a Serverless project says it itself.",
        option="--stack-name",
        commands=_OF_A_STACK,
    ),
    Input(
        "stage",
        "Stage that is deployed, as the deploy tool gets it.",
        option="--stage",
        commands=(*_OF_A_TEMPLATE, "targets"),
    ),
    Input(
        "parameter-overrides",
        "Values of template parameters, one Name=Value a line.",
        option="--parameter",
        many=True,
        commands=_OF_A_TEMPLATE,
    ),
    Input(
        "capabilities",
        "Capabilities that the deploy grants, one a line.",
        option="--capability",
        choices=_CAPABILITIES,
        many=True,
        commands=_OF_A_TEMPLATE,
    ),
    Input(
        "role-arn",
        "ARN of the role that CloudFormation deploys with.",
        option="--role-arn",
        commands=(*_OF_A_TEMPLATE, "rollback"),
    ),
    Input(
        "aws-region",
        "Region of the deploy; without it the job's AWS_REGION, or the template's own.",
        option="--region",
        commands=_OF_A_STACK,
    ),
    Input(
        "role-to-assume",
        "ARN of a role to ask AWS with, taken with the credentials of the job.",
        option="--assume-role",
        commands=_OF_A_STACK,
    ),
    Input(
        "offline",
        'Whether to judge by the template alone: "true", "false", or "auto", which '
        "does so on a pull request whose job has no AWS credentials, as one from a "
        "fork has none.",
        default="auto",
        choices=("auto", *BOOLEAN),
        commands=("preflight",),
    ),
    Input(
        "fail-on",
        "Least severity that blocks the deploy and fails the step: "
        '"error", "warning", "info" or "never".',
        default="error",
        option="--fail-on",
        choices=("error", "warning", "info", "never"),
        commands=_JUDGING,
    ),
    Input(
        "strict",
        "Whether what could not be told fails the step, too.",
        default="false",
        option="--strict",
        choices=BOOLEAN,
        commands=_JUDGING,
    ),
    Input(
        "accept",
        "Rules whose findings pass this time, one a line; the report says so.",
        option="--accept",
        many=True,
        commands=("preflight",),
    ),
    Input(
        "spec",
        'Path of the smoke tests; without it smoke.yml, or "smoke" in flowguard.yml.',
        option="--spec",
        is_path=True,
        commands=_TESTING,
    ),
    Input(
        "base-url",
        "Address of the service, in place of the one in the smoke tests.",
        option="--base",
        commands=_TESTING,
    ),
    Input(
        "checks",
        "Smoke tests to run alone, one a line.",
        option="--check",
        many=True,
        commands=_TESTING,
    ),
    Input(
        "tags",
        "Tags of the smoke tests to run alone, one a line.",
        option="--tag",
        many=True,
        commands=_TESTING,
    ),
    Input(
        "variables",
        "Values of variables of the smoke tests, one Name=Value a line.",
        option="--variable",
        many=True,
        commands=_TESTING,
    ),
    Input(
        "run-commands",
        "Whether to run the smoke tests' own commands (`command`) on a pull request, "
        "where they are what it proposes; anywhere else they are run.",
        default="false",
        choices=BOOLEAN,
        commands=_TESTING,
    ),
    Input(
        "baseline",
        'For "smoke", before the deploy: path to keep what the tests find now, which '
        "judges nothing.",
        option="--baseline",
        is_path=True,
        written_by=("smoke",),
        commands=("smoke",),
    ),
    Input(
        "against",
        "After the deploy: path of the baseline, so that what failed before it is told "
        "from what the deploy broke.",
        option="--against",
        is_path=True,
        commands=_TESTING,
    ),
    Input(
        "no-baseline",
        'For "deploy": whether to leave out the smoke tests before it; what fails may '
        "have failed then, too.",
        default="false",
        option="--no-baseline",
        choices=BOOLEAN,
        commands=("deploy",),
    ),
    Input(
        "snapshot",
        'Path of the snapshot: "snapshot" writes it before the deploy, the others go '
        "back to it.",
        option="--snapshot",
        is_path=True,
        written_by=("snapshot",),
        commands=("snapshot", *_TAKING_BACK),
        elsewhere={"snapshot": "--output"},
    ),
    Input(
        "snapshot-digest",
        'The output of this name of "snapshot"; another snapshot is refused.',
        option="--snapshot-digest",
        commands=_TAKING_BACK,
    ),
    Input(
        "preflight-report",
        'For "snapshot": path of the pre-flight\'s JSON report, which says whether the '
        "deploy can be taken back.",
        option="--preflight",
        is_path=True,
        commands=("snapshot",),
    ),
    Input(
        "keep",
        'For "snapshot": s3://BUCKET/PREFIX to keep the templates in, a private bucket '
        "with versions; they may hold secrets.",
        option="--keep",
        commands=("snapshot",),
    ),
    Input(
        "no-templates",
        'For "snapshot": whether to keep no template; a deploy that succeeded cannot be '
        "taken back then.",
        default="false",
        option="--no-templates",
        choices=BOOLEAN,
        commands=("snapshot",),
    ),
    Input(
        "record",
        'Path of the record: "record" writes it right after the deploy, the others take '
        "it as the proof of whose deploy it is, also in another job.",
        option="--record",
        is_path=True,
        written_by=("record",),
        commands=("record", "verify", "rollback"),
        elsewhere={"record": "--output"},
    ),
    Input(
        "deployed-change-set",
        "ARN of the change set that you deployed: another deploy is left alone.",
        option="--deployed-change-set",
        commands=("verify", "rollback"),
    ),
    Input(
        "no-rollback",
        'For "verify": whether to test alone, and take nothing back.',
        default="false",
        option="--no-rollback",
        choices=BOOLEAN,
        commands=("verify",),
    ),
    Input(
        "dry-run",
        "Whether to say what would be taken back, and how, and to change nothing.",
        default="false",
        option="--dry-run",
        choices=BOOLEAN,
        commands=("verify", "rollback"),
    ),
    Input(
        "approve",
        "Hash of a plan that was printed, to carry it out though it destroys something.",
        option="--approve",
        commands=_TAKING_BACK,
    ),
    Input(
        "window",
        'For "deploy": minutes that CloudFormation holds the update for the smoke '
        "tests, in which it is taken back without a loss.",
        default="5m",
        option="--window",
        commands=("deploy",),
    ),
    Input(
        "alarms",
        'For "deploy": ARNs of alarms that take the update back by themselves, one a '
        "line.",
        option="--trigger",
        many=True,
        commands=("deploy",),
    ),
    Input(
        "stack-tags",
        'For "deploy": tags of the stack, one Name=Value a line; without any it keeps '
        "those it has.",
        option="--stack-tag",
        many=True,
        commands=("deploy",),
    ),
    Input(
        "template-storage",
        'For "deploy": s3://BUCKET/PREFIX for a template of more than 51,200 bytes.',
        option="--s3",
        commands=("deploy",),
    ),
    Input(
        "timeout-minutes",
        "How long to wait for the stack, which goes on by itself.",
        default="60",
        option="--timeout",
        commands=_TAKING_BACK,
    ),
    Input(
        "reports",
        'For "merge": folder with the JSON reports of the targets, each in a file of '
        "its target's name.",
        is_path=True,
        commands=("merge",),
    ),
    Input(
        "expect",
        'For "merge": the output matrix of "targets", so that a target without a '
        "report is told.",
        option="--expect",
        commands=("merge",),
    ),
    Input(
        "annotations",
        "Whether to annotate the files with the findings; GitHub shows 10 of each "
        "severity.",
        default="true",
        choices=BOOLEAN,
        commands=REPORTING,
    ),
    Input(
        "job-summary",
        "Whether to write the report to the summary of the job.",
        default="true",
        choices=BOOLEAN,
        commands=REPORTING,
    ),
    Input(
        "pr-comment",
        "When to keep one comment with the report on the pull request: "
        '"always", "on-findings" or "never"; needs the permission '
        "pull-requests: write.",
        default="never",
        choices=("always", "on-findings", "never"),
        commands=_JUDGING,
    ),
    Input(
        "report-file",
        "Path to write the report to as JSON.",
        is_path=True,
        written_by=REPORTING,
        commands=REPORTING,
    ),
    Input(
        "sarif-file",
        "Path to write the report to as SARIF, for github/codeql-action/upload-sarif.",
        is_path=True,
        written_by=REPORTING,
        commands=REPORTING,
    ),
    Input(
        "html-file",
        "Path to write the report to as a page, to be kept as an artifact.",
        is_path=True,
        written_by=REPORTING,
        commands=REPORTING,
    ),
    Input(
        "junit-file",
        "Path to write the report to as JUnit's XML.",
        is_path=True,
        written_by=REPORTING,
        commands=REPORTING,
    ),
    Input(
        "github-token",
        "Token to write the comment with.",
        default="${{ github.token }}",
    ),
)
"""Every input, in the order of action.yml."""
