"""Factories of feature extractors, each from plain arguments a config file can give."""

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion

WORD = r"(?u)\b\w[\w’']*\b"
"""One-letter words and apostrophes are kept, so that "n't" and "no" survive."""


def word_and_char_tfidf(
    *,
    word_min: int = 1,
    word_max: int = 2,
    char_min: int = 3,
    char_max: int = 5,
    min_df: int = 1,
    sublinear: bool = True,
) -> FeatureUnion:
    """TF-IDF over word n-grams beside TF-IDF over character n-grams within words.

    No stop words are dropped, since stance hangs on them.
    """
    words = TfidfVectorizer(ngram_range=(word_min, word_max), token_pattern=WORD, min_df=min_df, sublinear_tf=sublinear)
    characters = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(char_min, char_max), min_df=min_df, sublinear_tf=sublinear
    )
    return FeatureUnion([("words", words), ("characters", characters)])


def raw() -> str:
    """Pass texts through unchanged, for classifiers that read them themselves."""
    return "passthrough"
