"""The commands that make and show the book: `yalu build`, `check`, `export` and `serve`."""

import os
import webbrowser
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click

from helpers.errors import YaluError
from helpers.paths import SITE, book_root


@click.command("build", epilog="\b\nExample: yalu build --open")
@click.option("--open", "open_", is_flag=True, help="Open the book in the browser.")
@click.option("--pdf", is_flag=True, help="Print the book too, complete and for reading.")
@click.option("--epub", is_flag=True, help="Make the whole book for e-readers too.")
@click.option("--edition", metavar="NAME", help="Keep this build as an edition at v/NAME.")
@click.option("--force", is_flag=True, help="Execute and render everything again.")
@click.option("--verify", is_flag=True, help="Build nothing; name each file that is not as built.")
@click.option(
    "--engine",
    type=click.Choice(["fork", "kernel"]),
    help="How chapters are executed: fork (fast, the default where it can be had) or kernel.",
)
@click.option(
    "--known-by",
    default="",
    metavar="DATE",
    help="Build a book on what was published by a day, as YYYY-MM-DD.",
)
@click.option(
    "--without",
    multiple=True,
    metavar="NAME",
    help="Build a book without an outlet, a document or a kind of evidence.",
)
@click.option(
    "--set",
    "book",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Build a book with the parameters, by chapter, of a YAML file.",
)
@click.option("--out", type=click.Path(path_type=Path), metavar="FOLDER",
              help="Where a book on a part goes, in place of _build/books.")  # fmt: skip
def build_book(
    open_: bool, pdf: bool, epub: bool, edition: str | None, force: bool, verify: bool,
    engine: str | None, known_by: str, without: tuple[str, ...], book: Path | None,
    out: Path | None,
) -> None:  # fmt: skip
    """Execute the chapters that changed and build the book at _build/html.

    With --known-by, --without or --set a whole book on that part of the evidence, or with other
    parameters, is built beside it, in _build/books: each sentence holds there or says that it has
    no answer. For example: yalu build --known-by 2019-12-22
    """
    from helpers.book.build import build, build_part

    if verify:
        from helpers.book.stale import faults_of_site

        if faults := faults_of_site(book_root()):
            raise YaluError(*faults)
        click.echo(f"{SITE}: every file is as it was built")
        return
    if engine:
        os.environ["YALU_ENGINE"] = engine
    if known_by or without or book or out:
        if pdf or epub or edition:
            said = "--pdf, --epub and --edition are for the present book, not for one on a part"
            raise YaluError(said, exit_code=2)
        from helpers.book.part import chosen

        choice = chosen(book_root(), known_by, without, book, out)
        pages = build_part(book_root(), choice, click.echo)
        if open_:
            webbrowser.open((pages / "index.html").as_uri())
        return
    site = build(book_root(), click.echo, pdf=pdf, epub=epub, edition=edition, force=force)
    if open_:
        webbrowser.open((site / "index.html").as_uri())


@click.command("check", epilog="\b\nExample: yalu check")
def check_book() -> None:
    """Check data, chapters, pages and the source of every number; publish nothing."""
    from helpers.book.build import check

    check(book_root(), click.echo)
    click.echo("book: every check passed")


@click.command("export", epilog="\b\nExample: yalu export luggage --out ../luggage")
@click.argument("chapters", nargs=-1, metavar="[CHAPTER...]")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write, not _build/export.")
def export_book(chapters: tuple[str, ...], out: Path | None) -> None:
    """Write chapters and pages, or all, as Markdown and notebooks for plain tools.

    Numbers become words with links to the evidence, charts PNG and CSV. GitHub, VS Code, Quarto
    and mystmd read the folder. The book is built first where that is needed.
    """
    from helpers.book.export import OUT, export

    root = book_root()
    export(root, chapters, out or root / OUT, click.echo)


@click.command("archive", epilog="\b\nExample: yalu archive")
def archive_book() -> None:
    """Write the built book, its sources and packages as one file; make archive does all of it."""
    from helpers.book.archive import make_archive

    path = make_archive(book_root())
    click.echo(
        f"archive: {path.relative_to(book_root()).as_posix()}, {path.stat().st_size:,} bytes"
    )


@click.command("serve", epilog="\b\nExample: yalu serve --port 8080")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8000,
    show_default=True,
    help="Port on 127.0.0.1.",
)
def serve_book(port: int) -> None:
    """Show the built book at http://127.0.0.1:PORT until Ctrl-C."""
    with server(book_root(), port) as running:
        click.echo(f"http://127.0.0.1:{running.server_port}/  (Ctrl-C ends)")
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            click.echo("")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Log no request."""


def server(root: Path, port: int) -> ThreadingHTTPServer:
    """Return a server of the built site on 127.0.0.1, not yet running.

    Raises YaluError when nothing is built yet or the port is taken.
    """
    site = root / SITE
    if not (site / "index.html").exists():
        raise YaluError(f"{SITE}: no book built yet; run yalu build first", exit_code=2)
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), partial(_Quiet, directory=str(site)))
    except (OSError, OverflowError) as error:
        hint = "choose another with --port"
        raise YaluError(f"port {port}: cannot be used ({error}); {hint}", exit_code=2) from None


COMMANDS = (build_book, check_book, export_book, archive_book, serve_book)
