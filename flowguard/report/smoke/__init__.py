"""What the smoke tests found, in each format, as a part of the report."""
