"""The command `yalu`."""

import webbrowser
from typing import Any

import click

from helpers.errors import YaluError
from helpers.paths import book_root


class _Yalu(click.Group):
    """A group that shows a YaluError as its lines and ends with its exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, turning a user's mistake into plain lines."""
        try:
            return super().invoke(ctx)
        except YaluError as error:
            for line in error.lines:
                click.echo(line, err=True)
            ctx.exit(error.exit_code)


@click.group(cls=_Yalu, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="across-the-yalu", prog_name="yalu")
def main() -> None:
    """Build, check and rerun the book Across the Yalu."""


@main.command()
@click.option("--check", is_flag=True, help="Check and compare; write nothing.")
def data(check: bool) -> None:
    """Check the evidence and write the clean tables."""
    from helpers import evidence

    changed = evidence.rebuild(book_root(), write=not check)
    for path in changed:
        click.echo(f"{'would write' if check else 'wrote'} {path.as_posix()}")
    verb = "to change" if check else "changed"
    click.echo(f"data: every check passed, {len(changed)} files {verb}")


@main.command()
@click.option("--open", "open_", is_flag=True, help="Open the book in the browser.")
def build(open_: bool) -> None:
    """Execute the chapters and build the book at _build/html."""
    from helpers.book.build import build as build_book

    site = build_book(book_root(), click.echo)
    if open_:
        webbrowser.open((site / "index.html").as_uri())


@main.command()
@click.option("--port", default=8000, show_default=True, help="Port on 127.0.0.1.")
def serve(port: int) -> None:
    """Show the built book at http://127.0.0.1:PORT until Ctrl-C."""
    from helpers.book.serve import server

    with server(book_root(), port) as running:
        click.echo(f"http://127.0.0.1:{running.server_port}/  (Ctrl-C ends)")
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            click.echo("")


if __name__ == "__main__":
    main()
