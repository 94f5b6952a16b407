"""Commands of `yalu` that make chapters and books: new, fork, upstream, adopt."""

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from helpers.errors import YaluError
from helpers.paths import book_root


def _listed(paths: Iterable[Path]) -> str:
    return "\n".join(f"  {path.as_posix()}" for path in paths)


@click.command("new", epilog='\b\nExample: yalu new restaurants --title "At the same table"')
@click.argument("name")
@click.option("--title", help="What readers see as the chapter's title.")
@click.option("--claims", nargs=2, metavar="ID ID", help="Claims to show the forms on.")
@click.option("--remove", is_flag=True, help="Take a chapter that was made so out again.")
@click.option("--force", is_flag=True, help="Remove it even where it was changed since.")
def new_command(name: str, title: str | None, claims: tuple[str, str] | None, remove: bool,
                force: bool) -> None:  # fmt: skip
    """Make the chapter NAME from the template: notebook, sidecar, model, test, contents."""
    from helpers.fork.new import new_chapter, remove_chapter

    if remove:
        gone = remove_chapter(book_root(), name, force)
        click.echo(f"removed chapter {name}:\n{_listed(gone)}")
        return
    made = new_chapter(book_root(), name, title or "", claims)
    click.echo(f"made chapter {name}:\n{_listed(made)}\nrun yalu build to see it")


@click.command("fork", epilog="\b\nExample: yalu fork luggage ../our-book")
@click.argument("chapter")
@click.argument("dest", type=click.Path(path_type=Path))
def fork_command(chapter: str, dest: Path) -> None:
    """Write a complete small book of CHAPTER, with only the evidence it uses, into DEST."""
    from helpers.fork.fork import fork_chapter

    fork_chapter(book_root(), chapter, dest, click.echo)
    click.echo(f"{dest}: a book of its own; go there and run make book")


@click.command("upstream", epilog="\b\nExample: yalu upstream ../across-the-yalu")
@click.argument("place", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--take", "claim_ids", multiple=True, metavar="ID", help="Take this claim over.")
@click.option("--force", is_flag=True, help="Take it even where it was edited here.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def upstream_command(place: Path, claim_ids: tuple[str, ...], force: bool, as_json: bool) -> None:
    """Show which claims of this fork were corrected or withdrawn in the book it was made from.

    New claims on the same subjects are named too and, from a checkout, changed series and code.

    DIR is a checkout of that book, its published pages, or their ledger.json.
    """
    from helpers.evidence.lineage import read_lineage
    from helpers.files import json_text
    from helpers.fork import upstream

    root, ledger = book_root(), upstream.read_upstream(place)
    if claim_ids:
        taken = upstream.take_claims(root, ledger, claim_ids, place, force)
        lines = [f"taken: {claim_id}" for claim_id in taken]
        lines += [*upstream.parameters_from(root, taken), "run yalu build to see what follows"]
        click.echo("\n".join(lines))
        return
    found, claims = upstream.changed_claims(root, ledger), read_lineage(root).claims
    if as_json:
        click.echo(json_text([one.data() for one in found]))
        return
    kinds = [one.kind for one in found]
    counts = [f"{kinds.count(k)} {k}" for k in (upstream.CORRECTED, upstream.WITHDRAWN)]
    unchanged = f"{len(claims) - len(found)} as they were"
    summary = f"claims: {', '.join([*counts, unchanged])}"
    has_ledger = (root / f"data/{upstream.CLAIMS}.csv").is_file()
    news = upstream.other_news(root, place, ledger) if has_ledger else []
    click.echo("\n".join([*(line for one in found for line in one.lines()), *news, summary]))


@click.command("adopt", epilog="\b\nExample: yalu adopt ../theirs.ipynb --name theirs --yes")
@click.argument("notebook", type=click.Path(path_type=Path))
@click.option("--data", "data", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="A file that the notebook reads; may be given often.")  # fmt: skip
@click.option("--name", help="Name of the chapter, not that of the file.")
@click.option("--yes", is_flag=True, help="Make every constant a parameter, without asking.")
def adopt_command(notebook: Path, data: tuple[Path, ...], name: str | None, yes: bool) -> None:
    """Bring somebody else's NOTEBOOK in as a chapter, and list what it lacks."""
    from helpers.fork.adopt import adopt_notebook
    from helpers.fork.foreign_notebook import Constant

    def asked(one: Constant) -> bool:
        return yes or click.confirm(f"make {one.name} = {one.value!r} a parameter?", default=True)

    if not yes and not sys.stdin.isatty():
        raise YaluError("--yes is required when stdin is no terminal", exit_code=2)
    made = adopt_notebook(book_root(), notebook, data, name=name, asked=asked)
    click.echo(f"made chapter {made.name}:\n{_listed([*made.files, Path('_toc.yml')])}")
    click.echo("parameters: " + (", ".join(made.parameters) or "none"))
    click.echo("\n".join([f"lacks, by the rules of the house: {len(made.lacks)}",
                          *(f"  {place}: {words}" for place, words in made.lacks)]))  # fmt: skip


COMMANDS = (new_command, fork_command, upstream_command, adopt_command)
