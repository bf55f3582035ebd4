"""Read an article whole: its lines, sentences, voices and the quality of its copy, each stage once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stance.errors import ArticleError
from stance.records import Article, Sentence
from stance.text.actors import Gazetteer
from stance.text.articles import Outcome
from stance.text.cleaning import KEPT, Line, read_lines
from stance.text.sentences import sentences_of_lines
from stance.text.spinning import CopyQuality, copy_quality
from stance.text.voices import Voice, read_voices


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of one article; `voices` run beside `sentences`."""

    article: Article
    lines: tuple[Line, ...]
    sentences: tuple[Sentence, ...]
    voices: tuple[Voice, ...]
    quality: CopyQuality

    @property
    def kept(self) -> str:
        """Headline and body, a line each, without page furniture and captions."""
        text = self.article.text
        return "\n".join(text[line.start : line.end] for line in self.lines if line.part in KEPT)


def read(article: Article, *, gazetteer: Gazetteer | None = None) -> Reading:
    """Read one article; raises ArticleError if no line of it is headline or body."""
    lines = read_lines(article)
    sentences = sentences_of_lines(article, lines)
    if not sentences:
        raise ArticleError(article.id, "holds no sentence of an article; every line reads as page furniture")
    quality = copy_quality("\n".join(article.text[line.start : line.end] for line in lines if line.part in KEPT))
    voices = read_voices(article, sentences, lines=lines, gazetteer=gazetteer, spun=quality.is_spun)
    return Reading(article, tuple(lines), tuple(sentences), tuple(voices), quality)


def read_stream(articles: Iterable[Outcome], *, gazetteer: Gazetteer | None = None) -> Iterator[Reading | ArticleError]:
    """Read a stream of articles; errors are passed on in their place, and new ones take the place of their article.

    A second article with the id of an earlier one is such an error: their rows could not be told apart.
    """
    met: set[str] = set()
    for article in articles:
        if isinstance(article, ArticleError):
            yield article
            continue
        if article.id in met:
            yield ArticleError(article.id, "is the id of an earlier article too; give each its own, or leave ids out")
            continue
        met.add(article.id)
        try:
            yield read(article, gazetteer=gazetteer)
        except ArticleError as error:
            yield error
