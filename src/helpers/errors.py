"""The error for a user's mistake: shown as plain lines, never as a traceback."""


class YaluError(Exception):
    """Bad input. Each line says where, what was found, what is allowed or what to do.

    `lines` holds one problem a line; `exit_code` is what the command ends with
    (1: the evidence or the book is at fault, 2: the command was called wrongly).
    """

    def __init__(self, *lines: str, exit_code: int = 1) -> None:
        """Keep the lines and the exit code."""
        super().__init__("\n".join(lines))
        self.lines = list(lines)
        self.exit_code = exit_code
