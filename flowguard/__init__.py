"""Know before you deploy: pre-flight checks of CloudFormation stacks."""

__version__ = "0.1.0"
