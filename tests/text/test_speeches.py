import io
import tarfile

import pytest

from stance.errors import ArticleError, UsageError
from stance.text.countries import alpha3
from stance.text.speeches import Speech, read_speeches, speech_sentences, year_range

YEARS = (2014, 2019)


def corpus(folder, **texts):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def test_a_folder_and_its_archive_hold_the_same_speeches(tmp_path):
    folder = corpus(tmp_path / "Session 69 - 2014", AFG_69_2014="Peace.", EU_69_2014="Trade.", CHE_90_2035="Later.")
    with tarfile.open(tmp_path / "all.tar.gz", "w:gz") as archive:
        archive.add(folder, arcname=folder.name)
        junk = tarfile.TarInfo("Session 69 - 2014/._AFG_69_2014.txt")
        archive.addfile(junk, io.BytesIO())
    lying, packed = (list(read_speeches(path, YEARS)) for path in (tmp_path, tmp_path / "all.tar.gz"))
    assert [(s.iso3, s.year, s.country, s.text) for s in lying] == [
        ("AFG", 2014, "Afghanistan", "Peace."),
        ("EU", 2014, "European Union", "Trade."),
    ]
    assert lying == packed


def test_a_file_that_cannot_be_used_is_named_and_the_rest_goes_on(tmp_path):
    corpus(tmp_path, AFG_69_2014="Peace.", notes="x", QQQ_69_2014="x", CHE_69_2014=" \n")
    corpus(tmp_path / "again", AFG_69_2014="Peace again.")
    (tmp_path / "NOR_69_2014.txt").write_bytes(b"caf\xe9")
    outcomes = list(read_speeches(tmp_path, YEARS))
    reasons = {o.source: o.reason for o in outcomes if isinstance(o, ArticleError)}
    assert [o.text for o in outcomes if isinstance(o, Speech)] == ["Peace."]
    assert reasons.keys() == {
        "notes.txt",
        "QQQ_69_2014.txt",
        "CHE_69_2014.txt",
        "NOR_69_2014.txt",
        "again/AFG_69_2014.txt",
    }
    assert "is not named ISO3_SESSION_YEAR.txt" in reasons["notes.txt"]
    assert "'QQQ' is not an ISO 3166-1 alpha-3 code" in reasons["QQQ_69_2014.txt"]
    assert "not UTF-8" in reasons["NOR_69_2014.txt"]
    assert "second speech of AFG in 2014" in reasons["again/AFG_69_2014.txt"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "holds no .txt file"),
        (["AFG_60_2005", "CHE_61_2006"], "its speeches are of 2005-2006"),
        (["notes"], "1 files cannot be used; notes.txt: is not named"),
    ],
)
def test_a_corpus_without_a_speech_of_the_years_is_refused_with_what_it_holds(tmp_path, names, message):
    corpus(tmp_path, **dict.fromkeys(names, "x"))
    with pytest.raises(UsageError, match=message):
        list(read_speeches(tmp_path, YEARS))


def test_a_missing_folder_and_a_broken_archive_are_refused(tmp_path):
    with pytest.raises(UsageError, match="nowhere do not exist"):
        list(read_speeches(tmp_path / "nowhere", YEARS))
    (tmp_path / "bad.tar.gz").write_bytes(b"\x1f\x8b\x08 nonsense")
    with pytest.raises(UsageError, match="cannot be read as .tar or .tar.gz"):
        list(read_speeches(tmp_path / "bad.tar.gz", YEARS))


def test_wrapped_and_unwrapped_speeches_give_the_same_sentences():
    wrapped = "We speak of the well-\nknown matter of\n\fpeace. We thank\nMr.\nJohn Ashe.\n\nNow to trade.\n"
    plain = "We speak of the well-known matter of peace. We thank Mr. John Ashe.\r\nNow to trade.\r\n" + "Long. " * 40
    sentences = ["We speak of the well-known matter of peace.", "We thank Mr. John Ashe.", "Now to trade."]
    assert speech_sentences(Speech("AFG", 69, 2014, wrapped, "a")) == sentences
    assert speech_sentences(Speech("AFG", 69, 2014, plain, "a"))[:3] == sentences


def test_a_range_of_years_is_one_or_two_ascending():
    assert year_range([2014]) == (2014, 2014)
    for wrong in ([], [2019, 2014], [2014, 2015, 2016]):
        with pytest.raises(UsageError, match=r"give the first and the last year"):
            year_range(wrong)


def test_codes_outside_the_standard_find_their_country():
    assert [alpha3(code) for code in ("RU", "na", "YU", "UK", "", "QQ", "RUS")] == [
        "RUS",
        "NAM",
        "SRB",
        "GBR",
        None,
        None,
        None,
    ]
