"""What a classifier reads: the sentence alone, or with its holder, the sentence before it, or the target named."""

from dataclasses import dataclass

SEPARATOR = " || "
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Inputs:
    """Parts put before a sentence, in this order, each ended by ` || `: target, holder, the sentence before.

    A part that is switched on and not known is written `unknown`, so that a model meets the same form everywhere.
    """

    target: bool = False
    holder: bool = False
    context: bool = False

    @property
    def plain(self) -> bool:
        """Whether the sentence stands alone."""
        return not (self.target or self.holder or self.context)

    def compose(
        self, text: str, *, target: str | None = None, holder: str | None = None, context: str | None = None
    ) -> str:
        """The text a classifier reads for one sentence."""
        parts = ((self.target, target), (self.holder, holder), (self.context, context))
        return "".join(f"{part or UNKNOWN}{SEPARATOR}" for wanted, part in parts if wanted) + text
