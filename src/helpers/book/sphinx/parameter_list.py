"""Parameter list: what the sidecar of a chapter declares of its parameters."""

from html import escape

from docutils import nodes
from sphinx.application import Sphinx

from helpers.analysis.chapter import claim_words, parameter_result, source_words
from helpers.analysis.sidecar import Parameter, Sidecar, sidecar
from helpers.book.sphinx.html import REGISTER, Block, prose_html, raw_html, tag


def _as_typed(value: float | str) -> str:
    """Return a value as one types it."""
    return tag("code", escape(value if isinstance(value, str) else f"{value:.12g}"))


def allowed_html(parameter: Parameter) -> str:
    """Return what a parameter takes: "a whole number from 0 to 2000"."""
    if parameter.choices:
        return "one of " + ", ".join(map(_as_typed, parameter.choices))
    form = {
        "number": "a fraction" if parameter.unit == "share" else "a number",
        "integer": "a whole number",
        "date": "a date",
        "month": "a month",
    }[parameter.type]
    ends = [_as_typed(end) for end in (parameter.min, parameter.max) if end is not None]
    return f"{form} from {' to '.join(ends)}" if len(ends) == 2 else form


def default_html(chapter: str, parameter: Parameter) -> str:
    """Return a default as one types it, with its words where these say more."""
    typed = _as_typed(parameter.default)
    if parameter.type in ("choice", "date", "month"):
        return typed
    return (
        f"{typed} ({escape(parameter_result(parameter.name, chapter, parameter.default).text())})"
    )


def origin_html(parameter: Parameter, register: str) -> str:
    """Return where a default is from: a claim, a document or an assumption."""
    if parameter.claim:
        taken = {"low": "the lower end in ", "high": "the upper end in "}
        words = escape(claim_words(parameter.claim, "source"))
        link = tag("a", words, href=f"{register}#claim-{parameter.claim}")
        return taken.get(parameter.take or "", "from ") + link
    if parameter.source:
        words = escape(source_words(parameter.source))
        return "from " + tag("a", words, href=f"{register}#source-{parameter.source}")
    return f"our assumption: {prose_html(parameter.assumption, register)}"


def rules_html(declared: Sidecar) -> str:
    """Return what must hold between parameters, or nothing."""
    words = {"<": "must be below", "<=": "may not be above"}
    rules = [f"{_as_typed(a)} {words[sign]} {_as_typed(b)}" for a, sign, b in declared.rules]
    return tag("p", "; ".join(rules) + ".") if rules else ""


class ParametersDirective(Block):
    """```{parameters} luggage```: what a chapter's sidecar declares of its parameters."""

    def build(self) -> list[nodes.Node]:
        """Return the list of parameters."""
        declared = sidecar(self.argument)
        entries = "".join(self._entry(p) for p in declared.parameters.values())
        content = tag("dl", entries, class_="reg-list") + rules_html(declared)
        return raw_html(tag("div", content, class_="reg-parameters"))

    def _entry(self, p: Parameter) -> str:
        register = self.page(REGISTER)
        default = f"{default_html(self.argument, p)}, {origin_html(p, register)}"
        help_ = prose_html(p.help, register)
        about = f"{escape(p.label)}: {allowed_html(p)}. Default {default}. {help_}"
        return tag("dt", tag("code", p.name)) + tag("dd", about.strip())


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("parameters", ParametersDirective)
