"""What was decided and done about a deploy, in each format, as a part of the report."""
