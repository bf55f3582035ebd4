"""Findings of the checks and what their codes mean, as HTML and as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

from stance.learning.report.markup import Safe, join, plain, tag


@dataclass(frozen=True, slots=True)
class Findings:
    """Findings of the checks: code, title, what was found, what to do."""

    findings: Sequence[tuple[str, str, str, str]]

    def html(self) -> Safe:
        """A list whose codes lead to what they mean."""
        return tag("ol", *(self._item(*finding) for finding in self.findings), class_="findings")

    def _item(self, code: str, title: str, found: str, remedy: str) -> Safe:
        link = tag("a", code, href=f"#{code}", class_="code") if title else tag("span", code, class_="code")
        named = tag("strong", f"{title[:1].upper()}{title[1:]}") if title else Safe()
        return tag(
            "li",
            link,
            tag("div", named, tag("p", found, dir="auto"), *([tag("p", remedy, class_="note")] * bool(remedy))),
        )

    def markdown(self) -> str:
        """A list."""
        return "".join(
            f"- **{plain(code)}** {plain(': '.join(filter(None, (title, found))))}"
            f"{'. ' + plain(remedy) if remedy else ''}\n"
            for code, title, found, remedy in self.findings
        )


@dataclass(frozen=True, slots=True)
class Codes:
    """What each code of the checks means; `found` are those reported."""

    codes: Sequence[tuple[str, str, str]]
    found: frozenset[str]

    def html(self) -> Safe:
        """A list with an anchor for each code."""
        return tag("dl", *(self._item(*code) for code in self.codes), class_="codes")

    def _item(self, code: str, title: str, remedy: str) -> Safe:
        reported = [tag("em", " reported above")] if code in self.found else []
        about = tag("dd", f"{title[:1].upper()}{title[1:]}. {remedy[:1].upper()}{remedy[1:]}.", *reported)
        return join([tag("dt", code, id=code), about])

    def markdown(self) -> str:
        """A list."""
        return "".join(f"- {plain(code)}: {plain(title)}; {plain(remedy)}\n" for code, title, remedy in self.codes)
