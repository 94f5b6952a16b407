"""Section."""


def sensitivity() -> None:
    """x."""
