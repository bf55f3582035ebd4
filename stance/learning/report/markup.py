"""Build HTML and Markdown that escape by construction: a plain string is text, only `Safe` is markup."""

import html
import re

VOID = frozenset({"meta", "wbr"})
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""What HTML cannot hold, even as a reference."""
PUNCTUATION = re.compile(r"([\\`*_<>|~$]|\](?=[(\[:])|^[#+=-]|(?<=^\d)[.)](?= |$)|(?<=^\d\d)[.)](?= |$))")
"""What Markdown would read as markup; a link needs its `](`, a list or heading the start of a line."""


class Safe(str):
    """Markup that is already escaped."""

    __slots__ = ()


def escape(text: str) -> Safe:
    """Text as HTML that reads back as the same text, for content and quoted attributes alike.

    >>> escape('<b>"')
    '&lt;b&gt;&quot;'
    """
    if isinstance(text, Safe):
        return text
    return Safe(html.escape(UNPRINTABLE.sub("\ufffd", text)).replace("\r", "&#13;"))


def tag(name: str, /, *content: str, **attributes: str | float | None) -> Safe:
    """One element with its content; an attribute of None is left out, and its underscores stand for hyphens.

    >>> tag("td", "a < b", class_="number")
    '<td class="number">a &lt; b</td>'
    """
    named = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Safe(f"<{name}{named}>" if name in VOID else f"<{name}{named}>{join(content)}</{name}>")


def join(parts: "list[Safe] | tuple[str, ...] | list[str]", between: str = "") -> Safe:
    """Parts one after another, each escaped unless it is markup."""
    return Safe(escape(between).join(map(escape, parts)))


def breakable(text: str) -> Safe:
    """Text that a narrow page may break after each underscore, as in the names of fields."""
    return Safe(escape(text).replace("_", "_<wbr>"))


def plain(text: str) -> str:
    r"""Text as Markdown that shows the same words in one line.

    >>> plain("a|b *c*")
    'a\\|b \\*c\\*'
    """
    return PUNCTUATION.sub(r"\\\1", " ".join(UNPRINTABLE.sub("\ufffd", text).split())).replace("&", "&amp;")
