"""Read a corpus of speeches named ISO3_SESSION_YEAR.txt from a folder or a .tar.gz, and split them into sentences.

The naming is that of the UN General Debate Corpus (Jankin, Baturo and Dasandi, doi:10.7910/DVN/0TJX8Y).
"""

import re
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from statistics import median

from stance.errors import ArticleError, UsageError
from stance.text.articles import is_hidden
from stance.text.countries import country_name
from stance.text.sentences import split

NAME = re.compile(r"(?P<iso3>[A-Z]{2,4})_(?P<session>\d+)_(?P<year>\d{4})\.txt")
WRAPPED = 100
"""Median line length, in characters, below which lines are taken for wrapped and blank lines part paragraphs."""


@dataclass(frozen=True, slots=True)
class Speech:
    """One speech of one country in one year."""

    iso3: str
    session: int
    year: int
    text: str
    source: str

    @property
    def country(self) -> str:
        """Common English name of the country."""
        return country_name(self.iso3) or self.iso3


def year_range(years: Sequence[int]) -> tuple[int, int]:
    """First and last year of `years`, as in [2014, 2019]; one year may stand alone. Raises UsageError for others."""
    if not 1 <= len(years) <= 2 or years[0] > years[-1]:
        raise UsageError(f"years={list(years)} is no range; give the first and the last year, as years=[2014,2019]")
    return years[0], years[-1]


def read_speeches(path: str | Path, years: tuple[int, int]) -> Iterator[Speech | ArticleError]:
    """Speeches of the years first to last, both included, in order of year and country.

    A file that cannot be used (name, country code, encoding, empty, a second speech of the same country and year)
    comes as an ArticleError that names it, and the rest goes on. Raises UsageError if there is nothing to read.
    """
    path = Path(path)
    if not path.exists():
        raise UsageError(f"the speeches {path} do not exist; give a folder or a .tar.gz of ISO3_SESSION_YEAR.txt files")
    files = _archived(path) if path.is_file() else _lying(path)
    found = [_speech(name, data, years) for name, data in files]
    if not found:
        raise UsageError(f"{path} holds no .txt file; speeches are named ISO3_SESSION_YEAR.txt, as AFG_69_2014.txt")
    speeches = [outcome for outcome in found if isinstance(outcome, Speech)]
    wrong = [outcome for outcome in found if isinstance(outcome, ArticleError)]
    if not speeches:
        others = sorted({outcome for outcome in found if isinstance(outcome, int)})
        what = f"its speeches are of {others[0]}-{others[-1]}" if others else f"{len(wrong)} files cannot be used"
        first = f"; {wrong[0]}" if wrong else ""
        raise UsageError(f"{path} holds no speech of years={list(years)}: {what}{first}")
    yield from sorted(wrong, key=lambda error: error.source)
    yield from _once(sorted(speeches, key=lambda speech: (speech.year, speech.iso3, speech.source)))


def _once(speeches: list[Speech]) -> Iterator[Speech | ArticleError]:
    last = None
    for speech in speeches:
        key = (speech.iso3, speech.year)
        yield speech if key != last else ArticleError(speech.source, f"is a second speech of {key[0]} in {key[1]}")
        last = key


def _lying(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*.txt")):
        name = path.relative_to(folder)
        if path.is_file() and not is_hidden(name):
            yield str(name), path.read_bytes()


def _archived(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(path, "r:*") as archive:
            for member in archive:
                name = PurePosixPath(member.name)
                file = archive.extractfile(member) if member.isfile() else None
                if file and name.suffix == ".txt" and not is_hidden(name):
                    yield str(name), file.read()
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise UsageError(f"the archive {path} cannot be read as .tar or .tar.gz: {error}") from None


def _speech(source: str, data: bytes, years: tuple[int, int]) -> Speech | ArticleError | int:
    """One speech, or why not; of another year, that year."""
    match = NAME.fullmatch(PurePosixPath(source).name)
    if not match:
        return ArticleError(source, "is not named ISO3_SESSION_YEAR.txt, as AFG_69_2014.txt is; skipped")
    iso3, year = match["iso3"], int(match["year"])
    if country_name(iso3) is None:
        return ArticleError(source, f"names no country: {iso3!r} is not an ISO 3166-1 alpha-3 code; skipped")
    if not years[0] <= year <= years[1]:
        return year
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return ArticleError(source, f"is not UTF-8 ({error.reason} at byte {error.start}); skipped")
    if not text.strip():
        return ArticleError(source, "is empty; skipped")
    return Speech(iso3, int(match["session"]), year, text, source)


def speech_sentences(speech: Speech) -> list[str]:
    """Sentences of a speech in order, wrapped lines joined; no page furniture is looked for."""
    return [paragraph[a:b] for paragraph in paragraphs(speech.text) for a, b in split(paragraph)]


def paragraphs(text: str) -> list[str]:
    r"""Paragraphs of a speech, one line each: parted by blank lines where lines are wrapped, else by every line break.

    >>> paragraphs("We thank the\nwell-\nknown host.\n\nNow to\npeace.")
    ['We thank the well-known host.', 'Now to peace.']
    """
    text = re.sub(r"\r\n?|\f", "\n", text)
    lengths = [len(line.strip()) for line in text.split("\n") if line.strip()]
    if not lengths:
        return []
    if median(lengths) < WRAPPED:
        blocks = re.split(r"\n\s*\n", re.sub(r"(?<=\w-)[ \t]*\n\s*(?=\w)", "", text))
    else:
        blocks = text.split("\n")
    joined: list[str] = []
    for block in filter(None, (" ".join(block.split()) for block in blocks)):
        if joined and block[0].islower() and joined[-1][-1] not in ".?!":
            joined[-1] += f" {block}"
        else:
            joined.append(block)
    return joined
