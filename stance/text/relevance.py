"""Which sentences speak of the matter: a plain list of terms, with neighbouring sentences as an option."""

import re
from collections.abc import Sequence

from stance.errors import UsageError

GAP = 120
"""Most characters that `...` in a term may stand for."""


class Relevance:
    """A filter of sentences by terms, matched as whole words without regard to case.

    In a term `*` stands for the rest of a word, a space for any white space, `...` for up to 120 characters.
    A sentence is relevant if one of `terms` occurs in it, or one of `unnamed` (wordings that mean the matter without
    naming it) and none of `unless`. `window` adds that many sentences on each side of a relevant one. Raises
    UsageError for an empty list, an empty term or a negative window.
    """

    def __init__(
        self, terms: Sequence[str], *, unnamed: Sequence[str] = (), unless: Sequence[str] = (), window: int = 0
    ) -> None:
        if not terms:
            raise UsageError("terms is empty; name at least one term that marks a sentence as relevant")
        if window < 0:
            raise UsageError(f"window is {window}; it is a number of neighbouring sentences, 0 or more")
        self._terms, self._unnamed, self._unless = _compile(terms), _compile(unnamed), _compile(unless)
        self._window = window

    def names(self, sentence: str) -> bool:
        """Whether a sentence speaks of the matter by itself."""
        if self._terms.search(sentence):
            return True
        return bool(self._unnamed.search(sentence)) and not self._unless.search(sentence)

    def find(self, sentences: Sequence[str]) -> list[int]:
        """Indices of the relevant sentences of one text, ascending, neighbours within the window included.

        >>> Relevance(["Russia*"], window=1).find(["Hello.", "We.", "Russian aid came.", "Thanks.", "Bye."])
        [1, 2, 3]
        """
        hits = [k for k, sentence in enumerate(sentences) if self.names(sentence)]
        near = {k + step for k in hits for step in range(-self._window, self._window + 1)}
        return sorted(k for k in near if 0 <= k < len(sentences))


def _compile(terms: Sequence[str]) -> re.Pattern[str]:
    """One pattern for all terms; one that never matches for none."""
    empty = [term for term in terms if not term.strip(" .*")]
    if empty:
        raise UsageError(f"the term {empty[0]!r} holds no word; leave it out")
    return re.compile("|".join(_pattern(term) for term in terms) or r"(?!)", re.IGNORECASE)


def _pattern(term: str) -> str:
    gap = rf"\b.{{0,{GAP}}}?\b"
    return rf"(?<!\w){gap.join(_words(part) for part in term.split('...'))}(?!\w)"


def _words(part: str) -> str:
    return r"\s+".join(re.escape(word).replace(r"\*", r"\w*") for word in part.split())
