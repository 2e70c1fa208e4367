"""Where the words of the table of causes were seen."""

GITHUB = "https://github.com/"
AWS = "https://docs.aws.amazon.com/"
COVERAGE = f"{GITHUB}aws-cloudformation/cloudformation-coverage-roadmap/issues/"
