"""Render stored results as one self-contained page, and as Markdown for a model card."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from stance.learning.report.blocks import Section
from stance.learning.report.markup import Safe, join, plain, tag
from stance.learning.report.sections import abstract, sections


def render_html(results: Mapping[str, Any]) -> str:
    """One HTML file without scripts and without anything loaded from elsewhere."""
    title, parts = _title(results), sections(results)
    style = Safe(files(__package__).joinpath("report.css").read_text(encoding="utf-8"))
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", style),
    )
    lead = [block.html() for block in abstract(results)]
    header = tag(
        "header", tag("p", "Evaluation report", class_="kicker"), tag("h1", tag("bdi", results["name"])), *lead
    )
    body = tag("body", tag("a", "Skip to the numbers", href="#headline", class_="skip"), header, _contents(parts),
               tag("main", *(_section(part) for part in parts)))  # fmt: skip
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _title(results: Mapping[str, Any]) -> str:
    return f"Evaluation of {results['name']}"


def _contents(parts: Sequence[Section]) -> Safe:
    items = [tag("li", tag("a", part.title, href=f"#{part.name}")) for part in parts]
    return tag("nav", tag("ol", *items), aria_label="Contents")


def _section(part: Section) -> Safe:
    heading = tag("h2", part.title, id=f"{part.name}-heading")
    return tag(
        "section", heading, join([block.html() for block in part.blocks], "\n"), id=part.name,
        aria_labelledby=f"{part.name}-heading",
    )  # fmt: skip


def render_markdown(results: Mapping[str, Any]) -> str:
    """The same content without its charts, whose numbers stand in the tables."""
    parts = [f"# {plain(_title(results))}\n", *(block.markdown() for block in abstract(results))]
    for part in sections(results):
        parts += [f"## {plain(part.title)}\n", *(block.markdown() for block in part.blocks)]
    return "\n".join(parts)
