"""Give near-duplicate articles (wire copy, spun copy, reprints) one story id.

MinHash over the words of each article proposes pairs, and an exact alignment of their words decides: spun copy swaps
one word in five and breaks every shingle around it, but leaves the order of the rest, while two reports of one event
share names and few sequences.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stance.records import Article
from stance.text.cleaning import KEPT, read_lines
from stance.text.mentions import TOKEN

CANDIDATE = 0.4
"""Jaccard similarity of the words of two articles at which MinHash proposes the pair."""

SAME = 0.55
"""Least share of the shorter article's words that stand in the longer one, in the same order, for one story."""

PERMUTATIONS = 128
LONGEST = 3000
"""Words compared at most; a copy shows in its first pages."""


@dataclass(frozen=True, slots=True)
class Told:
    """An article with the id of its story: that of the first article of the story in the stream."""

    article: str
    story: str


class StoryIndex:
    """Stories met so far; `add` takes articles one by one, in a stream of any length."""

    def __init__(self) -> None:
        from datasketch import MinHashLSH

        self._lsh = MinHashLSH(threshold=CANDIDATE, num_perm=PERMUTATIONS)
        self._words: list[list[str]] = []
        self._stories: list[str] = []

    def add(self, identifier: str, text: str) -> str:
        """Story id of an article: an earlier one's if they tell the same story in the same words, else its own.

        `text` is the article without page furniture, which the pages of one outlet share.
        """
        words = [match[0].lower() for match in TOKEN.finditer(text) if match[0][0].isalnum()][:LONGEST]
        sketch = self._sketch(words)
        scored = [(similarity(words, self._words[key]), key) for key in map(int, self._lsh.query(sketch))]
        best, nearest = max(scored, default=(0.0, -1), key=lambda pair: (pair[0], -pair[1]))
        story = self._stories[nearest] if best >= SAME else identifier
        self._lsh.insert(str(len(self._words)), sketch)
        self._words.append(words)
        self._stories.append(story)
        return story

    @staticmethod
    def _sketch(words: list[str]) -> object:
        from datasketch import MinHash

        sketch = MinHash(num_perm=PERMUTATIONS, seed=1)
        sketch.update_batch([word.encode() for word in set(words)])
        return sketch


def similarity(a: list[str], b: list[str]) -> float:
    """Share of the shorter word list that stands in the longer one in the same order (longest common subsequence)."""
    from rapidfuzz.distance import LCSseq

    shorter = min(len(a), len(b))
    return LCSseq.similarity(a, b) / shorter if shorter else 0.0


def kept_text(article: Article) -> str:
    """Headline and body of an article, a line each."""
    return "\n".join(article.text[line.start : line.end] for line in read_lines(article) if line.part in KEPT)


def find_stories(articles: Iterable[Article]) -> Iterator[Told]:
    """Story of each article of a stream, in order."""
    index = StoryIndex()
    for article in articles:
        yield Told(article.id, index.add(article.id, kept_text(article)))
