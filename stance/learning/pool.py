"""Pools of unlabelled sentences: read from articles of any form, kept on disk once split, sampled with a seed."""

import hashlib
import json
import logging
import re
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from stance.errors import ArticleError, UsageError
from stance.paths import replacing
from stance.text.articles import File, Outcome, join_lines, read_articles, read_file
from stance.text.sentences import read_sentences

SHORTEST, LONGEST = 20, 500
"""Characters of a sentence that is worth labelling; outside lie headings and what the splitter failed on."""

ENDS = (".", "!", "?", ":", ";", "”", '"')


def sentences(
    source: str, *, count: int, match: str | None = None, cache: str | Path | None = None, seed: int = 0
) -> list[str]:
    """At most `count` different sentences of the articles of a file, folder, glob, URL or tar, drawn with a seed.

    `match` keeps the sentences in which a regular expression is found. With `cache`, a folder, all sentences of the
    source are kept there and read again as long as the source does not change. Raises UsageError where nothing is left.
    """
    everything = _cached(source, Path(cache)) if cache else list(_split(source))
    pattern = _pattern(match)
    fitting = [text for text in everything if pattern.search(text)]
    if not fitting:
        raise UsageError(
            f"the pool {source} has {len(everything)} sentences and none in which match={match!r} is found"
        )
    drawn = np.random.default_rng(seed).permutation(len(fitting))[:count]
    return [fitting[i] for i in sorted(drawn)]


def _pattern(match: str | None) -> re.Pattern[str]:
    try:
        return re.compile(match or "")
    except re.error as error:
        raise UsageError(f"match={match!r} is not a regular expression: {error}") from None


def _split(source: str) -> Iterator[str]:
    """Different sentences of a source in the order of reading; what cannot be read is left out and counted."""
    seen: set[str] = set()
    failures: list[ArticleError] = []
    for article in _articles(source):
        if isinstance(article, ArticleError):
            failures.append(article)
            continue
        for sentence in read_sentences(replace(article, text=_unwrapped(article.text))):
            text = " ".join(sentence.text.split())
            if SHORTEST <= len(text) <= LONGEST and text not in seen:
                seen.add(text)
                yield text
    if failures:
        logging.getLogger(__name__).warning("%d inputs of the pool left out, first: %s", len(failures), failures[0])


def _unwrapped(text: str) -> str:
    """Text whose lines were broken at a margin, as in old transcripts, with its paragraphs joined; other text as is."""
    lines = [line.rstrip() for line in text.split("\n") if line.strip()]
    ended = sum(line.endswith(ENDS) for line in lines)
    return join_lines(text) if len(lines) > 10 and ended < len(lines) / 3 else text


def _articles(source: str) -> Iterator[Outcome]:
    if Path(source).is_file() and tarfile.is_tarfile(source):
        yield from _members(source)
    else:
        yield from read_articles(source)


def _members(path: str) -> Iterator[Outcome]:
    """Articles of the files of a tar archive, each read as a file of its name would be; hidden ones are passed over."""
    with tarfile.open(path) as archive:
        for member in archive:
            data = archive.extractfile(member) if member.isfile() else None
            if data is not None and not Path(member.name).name.startswith("."):
                yield from read_file(File(member.name, data.read))


def _cached(source: str, folder: Path) -> list[str]:
    """Sentences of a source as kept in the folder, split and written there if they are not."""
    path = folder / f"{_mark(source)}.json"
    if path.is_file():
        kept: list[str] = json.loads(path.read_text(encoding="utf-8"))
        return kept
    everything = list(_split(source))
    folder.mkdir(parents=True, exist_ok=True)
    # Folds may run side by side: each writes its own file and the last one renamed stays.
    with replacing(path) as scratch:
        scratch.write_text(json.dumps(everything, ensure_ascii=False), encoding="utf-8")
    return everything


def _mark(source: str) -> str:
    """Name that changes with the source: its path, and size and time of every file below it."""
    path = Path(source).expanduser()
    files = sorted(path.rglob("*")) if path.is_dir() else [path] if path.is_file() else sorted(_globbed(path))
    stats = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.is_file()]
    return hashlib.sha256(repr((str(path.absolute()), stats)).encode()).hexdigest()[:16]


def _globbed(pattern: Path) -> Iterator[Path]:
    import glob

    return (Path(name) for name in glob.glob(str(pattern), recursive=True))


def recombined(texts: Sequence[str], count: int, seed: int = 0) -> list[str]:
    """New sentences from the beginning of one text and the end of another, each cut at a space in its middle half.

    Most are no good English; they show a student how its teacher's verdict hangs on each half.
    """
    draw = np.random.default_rng(seed)

    def cut(text: str) -> tuple[str, str]:
        words = text.split()
        at = int(draw.integers(len(words) // 4, max(3 * len(words) // 4, len(words) // 4 + 1)))
        return " ".join(words[:at]), " ".join(words[at:])

    pairs = draw.integers(len(texts), size=(count, 2))
    made = (f"{cut(texts[i])[0]} {cut(texts[j])[1]}".strip() for i, j in pairs)
    return [text for text in dict.fromkeys(made) if text]
