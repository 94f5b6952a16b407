"""Commands of `yalu` that make chapters and books: new, fork, upstream, adopt."""

import sys
from pathlib import Path

import click

from helpers.errors import YaluError
from helpers.paths import book_root


def _listed(paths: list[Path]) -> str:
    return "\n".join(f"  {path.as_posix()}" for path in paths)


@click.command()
@click.argument("name")
@click.option("--title", help="What readers see as the chapter's title.")
@click.option("--claims", nargs=2, metavar="ID ID", help="Claims to show the forms on.")
@click.option("--remove", is_flag=True, help="Take a chapter that was made so out again.")
@click.option("--force", is_flag=True, help="Remove it even where it was changed since.")
def new(name: str, title: str | None, claims: tuple[str, str] | None, remove: bool,
        force: bool) -> None:  # fmt: skip
    """Make the chapter NAME from the template: notebook, sidecar, model, test, contents."""
    from helpers.fork import new as chapters

    if remove:
        gone = chapters.remove(book_root(), name, force)
        click.echo(f"removed chapter {name}:\n{_listed(gone)}")
        return
    if title is None:
        raise YaluError('--title: found nothing; allowed: --title "What the chapter is called"',
                        exit_code=2)  # fmt: skip
    made = chapters.new(book_root(), name, title, claims)
    click.echo(f"made chapter {name}:\n{_listed(made)}\nrun yalu build to see it")


@click.command()
@click.argument("chapter")
@click.argument("dest", type=click.Path(path_type=Path))
def fork(chapter: str, dest: Path) -> None:
    """Write a complete small book of CHAPTER, with only the evidence it uses, into DEST."""
    from helpers.fork.fork import fork as take

    take(book_root(), chapter, dest, click.echo)
    click.echo(f"{dest}: a book of its own; go there and run make book")


@click.command()
@click.argument("place", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--take", "claim_ids", multiple=True, metavar="ID", help="Take this claim over.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def upstream(place: Path, claim_ids: tuple[str, ...], as_json: bool) -> None:
    """Show which claims of this fork were corrected or withdrawn in the book it was made from.

    DIR is a checkout of that book, its published pages, or their ledger.json.
    """
    from helpers.fork import upstream as claims
    from helpers.fork.lineage import read_lineage

    root, there = book_root(), claims.read_upstream(place)
    if claim_ids:
        taken = claims.take(root, there, claim_ids)
        told = [f"taken: {claim_id}" for claim_id in taken] + claims.parameters_from(root, taken)
        click.echo("\n".join([*told, "run yalu build to see what follows"]))
        return
    found = claims.compare(root, there)
    whole = len(read_lineage(root).claims)
    click.echo(claims.as_json(found) if as_json else "\n".join(claims.lines(found, whole)))


@click.command()
@click.argument("notebook", type=click.Path(path_type=Path))
@click.option("--data", "data", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="A file that the notebook reads; may be given often.")  # fmt: skip
@click.option("--name", help="Name of the chapter, not that of the file.")
@click.option("--yes", is_flag=True, help="Make every constant a parameter, without asking.")
def adopt(notebook: Path, data: tuple[Path, ...], name: str | None, yes: bool) -> None:
    """Bring somebody else's NOTEBOOK in as a chapter, and list what it lacks."""
    from helpers.fork.adopt import adopt as take_in
    from helpers.fork.foreign_notebook import Constant

    def asked(one: Constant) -> bool:
        return yes or click.confirm(f"make {one.name} = {one.value!r} a parameter?", default=True)

    if not yes and not sys.stdin.isatty():
        raise YaluError("--yes: say so where nobody can be asked which constants are parameters",
                        exit_code=2)  # fmt: skip
    made = take_in(book_root(), notebook, data, name=name, asked=asked)
    click.echo(f"made chapter {made.name}:\n{_listed([*made.files, Path('_toc.yml')])}")
    click.echo("parameters: " + (", ".join(made.parameters) or "none"))
    click.echo("\n".join([f"lacks, by the rules of the house: {len(made.lacks)}",
                          *(f"  {line}" for line in made.lacks)]))  # fmt: skip


COMMANDS = (new, fork, upstream, adopt)
