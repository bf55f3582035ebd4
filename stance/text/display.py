"""Show what was read of an article as coloured text, so that a person can look instead of trust."""

from collections.abc import Sequence

from rich.console import Group
from rich.text import Text

from stance.text.cleaning import Part
from stance.text.reading import Reading
from stance.text.voices import Voice

STYLES = {
    "direct_quote": "bold cyan",
    "indirect_quote": "cyan",
    "attributed_act": "yellow",
    "unknown": "magenta",
    "author": "default",
}
STANCES = {"distancing": "blue", "neutral": "grey50", "supportive": "red"}


def show(reading: Reading, labels: Sequence[tuple[str, float]] | None = None) -> Group:
    """Render an article: furniture struck out, captions dim, sentences coloured by voice and followed by their holder.

    `labels`, a label and a score for each sentence, are shown behind the holder.
    """
    blocks: list[Text] = [_heading(reading)]
    position = 0
    for line in reading.lines:
        block = Text()
        if line.part in (Part.FURNITURE, Part.CAPTION):
            style = "strike dim" if line.part is Part.FURNITURE else "dim italic"
            block.append(reading.article.text[line.start : line.end], style)
        while position < len(reading.sentences) and reading.sentences[position].start < line.end:
            sentence, voice = reading.sentences[position], reading.voices[position]
            style = "bold underline" if line.part is Part.HEADLINE else STYLES[voice.holder_kind]
            block.append(sentence.text, style)
            block.append(_holder(voice), "green")
            if labels:
                label, score = labels[position]
                block.append(f" {label} {score:+.2f}", STANCES[label])
            block.append(" ")
            position += 1
        blocks.append(block)
    return Group(*blocks)


def _heading(reading: Reading) -> Text:
    quality = reading.quality
    flags = [
        name for name, on in (("synonym-spun", quality.is_spun), ("machine-translated", quality.is_translated)) if on
    ]
    facts = [reading.article.date, reading.article.outlet, *flags]
    return Text(f"── {reading.article.id}  {'  '.join(fact for fact in facts if fact)}", "bold")


def _holder(voice: Voice) -> str:
    if voice.holder_kind == "author":
        return ""
    verb = f", {voice.verb}" if voice.verb else ""
    return f" [{voice.holder or 'unknown'}{verb}]"
