"""Speed of reading against a named peer in one run: sentences per second, and the ratio to syntok's splitter.

python benchmarks/reading.py            # needs: pip install syntok
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median

from syntok import segmenter

from stance.records import Article
from stance.text.gold import read_marked
from stance.text.reading import read
from stance.text.sentences import read_sentences
from stance.text.stories import kept_text

MARKED = Path(__file__).parents[1] / "tests" / "data" / "reading"
ROUNDS = 7
COPIES = 10


def main() -> None:
    """Time each stage in turn, round by round, and print medians and ratios."""
    articles = [read_marked(path).article for path in sorted(MARKED.glob("*/*.marked"))] * COPIES
    plain = [kept_text(article) for article in articles]
    sentences = sum(len(read_sentences(article)) for article in articles)
    runs: dict[str, Callable[[], object]] = {
        "syntok, sentences of clean text": lambda: [_exhaust(segmenter.process(text)) for text in plain],
        "stance, lines and sentences of captures": lambda: [read_sentences(article) for article in articles],
        "stance, lines, sentences, voices, quality": lambda: [_read(article) for article in articles],
    }
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    peer = median(times["syntok, sentences of clean text"])
    print(f"{sentences} sentences of {len(articles)} captures, median of {ROUNDS} rounds")
    for name, seconds in times.items():
        print(f"{name:45s} {sentences / median(seconds):9,.0f} sentences/s   {peer / median(seconds):5.2f} x syntok")


def _exhaust(paragraphs: Iterable[Iterable[object]]) -> int:
    """Pull every token of every sentence: the peer is lazy."""
    return sum(1 for paragraph in paragraphs for sentence in paragraph for _ in sentence)


def _read(article: Article) -> object:
    return read(article)


if __name__ == "__main__":
    main()
