"""Book: execute, stage, build and serve."""
