"""The words of the field: expressions, targets and points."""
