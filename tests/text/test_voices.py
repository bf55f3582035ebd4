import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.errors import UsageError
from stance.records import Article
from stance.text.actors import read_actors
from stance.text.quotes import find_quotes
from stance.text.sentences import read_sentences
from stance.text.voices import read_voices

LEAD = "The talks on the transit agreement went on in the capital for a second day without any result. "


def voices(text, **options):
    article = Article("a", text)
    return list(zip([s.text for s in read_sentences(article)], read_voices(article, **options), strict=True))


def holder(text, **options):
    """Holder and kind of the last sentence."""
    voice = voices(text, **options)[-1][1]
    return voice.holder, voice.holder_kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“We will not go,” said Ihor Romanenko.", ("Ihor Romanenko", "direct_quote")),
        ("“We will not go,” Ihor Romanenko, a retired general, said.", ("Ihor Romanenko", "direct_quote")),
        ("Ihor Romanenko said: “We will not go.”", ("Ihor Romanenko", "direct_quote")),
        ("“We,” Ihor Romanenko told reporters, “will not go there again.”", ("Ihor Romanenko", "direct_quote")),
        ("According to Ihor Romanenko, nobody will go.", ("Ihor Romanenko", "indirect_quote")),
        ("Ihor Romanenko denied that anybody would go.", ("Ihor Romanenko", "indirect_quote")),
        ("Nobody will go, said Defence Minister Ihor Romanenko.", ("Ihor Romanenko", "indirect_quote")),
        ("It was condemned by the European Union.", ("European Union", "indirect_quote")),
        ("Minsk refused to recognise the two entities.", ("Belarus", "attributed_act")),
        ("The Kremlin warned that it would respond.", ("Russia", "indirect_quote")),
        ("The weather in the region was cold and dry.", ("author", "author")),
        ("If Minsk refused to join, little would change.", ("author", "author")),
    ],
)
def test_a_speaker_is_found_before_after_and_inside_the_quotation(text, expected):
    assert holder(text) == expected


@pytest.mark.parametrize(
    ("before", "sentence", "expected"),
    [
        ("Alexander Lukashenko spoke on Tuesday. ", "He said that nobody would go.", "Alexander Lukashenko"),
        ("Alexander Lukashenko spoke on Tuesday. ", "The Belarusian leader denied it.", "Alexander Lukashenko"),
        ("Lukashenka spoke on Tuesday. ", "“No,” he said.", "Alexander Lukashenko"),
        ("Svetlana Tikhnovskaya spoke on Tuesday. ", "Tiknovskaya claimed victory.", "Sviatlana Tsikhanouskaya"),
        ("Aigerim Satova, who chairs the committee, spoke. ", "Satova warned of delays.", "Aigerim Satova"),
        ("Deputy Energy Minister Daniyar Omarov spoke. ", "The minister denied that.", "Daniyar Omarov"),
        ("Anna Belova met Ivan Petrov in Moscow. ", "She said the talks would go on.", "Anna Belova"),
    ],
)
def test_surnames_pronouns_and_roles_are_resolved_within_the_article(before, sentence, expected):
    assert holder(LEAD + before + sentence)[0] == expected


def test_every_sentence_of_a_long_quotation_has_its_speaker_across_paragraphs():
    text = (
        f"{LEAD}\n\nOlena Hrytsak said: “We waited for a week. Nobody came.\n\n"
        "“Then they sent a letter. We did not open it.”\n\nThe letter is still there."
    )
    found = [(voice.holder, voice.holder_kind) for _, voice in voices(text)]
    assert found[1:5] == [("Olena Hrytsak", "direct_quote")] * 4
    assert found[5] == ("author", "author")


def test_a_scare_quote_is_nobodys_speech():
    text = "The army did not join its “special military operation” in the east of the country."
    assert holder(text)[1] != "direct_quote"


def test_an_interview_gives_the_answers_to_the_one_asked():
    text = (
        f"Tamar Kvinikadze has left office. {LEAD}\n\nQ: Who rules the court?\n\nKVINIKADZE: Nobody rules it today.\n\n"
        "Q: And tomorrow?\n\nKVINIKADZE: Ask me tomorrow. I may know."
    )
    found = {sentence: (voice.holder, voice.holder_kind) for sentence, voice in voices(text)}
    assert found["Q: Who rules the court?"] == ("author", "author")
    assert found["I may know."] == ("Tamar Kvinikadze", "direct_quote")


def test_what_is_not_settled_is_unknown_and_no_speaker():
    voice = voices("“Nobody will ever go there again,” it was said.")[0][1]
    assert voice.holder is None
    assert voice.holder_kind == "unknown"


def test_spans_point_at_the_quotation_and_the_name_that_settled_it():
    text = "“We will not go there,” said Ihor Romanenko."
    voice = voices(text)[0][1]
    assert text[slice(*voice.quote)] == "“We will not go there,”"
    assert text[slice(*voice.mention)] == "Ihor Romanenko"
    assert voice.verb == "said"


def test_swapped_words_of_spun_copy_are_understood_when_it_is_flagged():
    text = "Ihor Romanenko, a retired general, spoke connected Friday. “The anticipation is high,” helium said."
    assert holder(text, spun=True) == ("Ihor Romanenko", "direct_quote")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He said “no” and “never” to it.", ["“no”", "“never”"]),
        ('He said "no" to it.', ['"no"']),
        ("Said he: «no, never», and left.", ["«no, never»"]),
        ("‘We won’t go,’ she said. ‘It’s Belarus’ turn.’", ["‘We won’t go,’", "‘It’s Belarus’ turn.’"]),
        ("She said: “He told me “go” and I went.” Then she left.", ["“He told me “go” and I went.”"]),
        ("Belarus’ fate and Russia’s war.", []),
        ("“It stays open to the end.", ["“It stays open to the end."]),
    ],
)
def test_quotation_marks_of_all_kinds_are_paired(text, expected):
    assert [text[q.start : q.end] for q in find_quotes(text, [(0, len(text))])] == expected


MIX = st.lists(st.sampled_from([*"“”«»\"'‘’ .,aA\n", "he said", "Minsk", "Putin", ": ", "which", "Mr."]), max_size=40)


@given(MIX.map("".join))
def test_any_text_has_a_voice_for_each_sentence_and_quotes_that_do_not_overlap(text):
    article = Article("a", text)
    sentences = read_sentences(article)
    assert len(read_voices(article, sentences)) == len(sentences)
    quotes = find_quotes(text, [(0, len(text))])
    assert all(a.end <= b.start for a, b in zip(quotes, quotes[1:], strict=False))


def test_the_gazetteer_knows_variants_misspellings_and_every_country():
    actors = read_actors()
    assert actors.exact(("łukaszenka",)).name == "Alexander Lukashenko"
    assert actors.similar("Tichanovskaya").name == "Sviatlana Tsikhanouskaya"
    assert actors.similar("Petrov") is None
    assert actors.exact(("bhutan",)).kind == "country"
    assert actors.exact(("kremlin",)).name == "Russia"


def test_a_file_of_the_same_shape_extends_the_gazetteer(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("people:\n  Aigerim Satova: {country: Kazakhstan, gender: f, names: [Satowa]}\n")
    assert holder("Satowa denied it on Monday.", gazetteer=read_actors(path)) == ("Aigerim Satova", "indirect_quote")
    path.write_text("persons: {}\n")
    with pytest.raises(UsageError, match="must hold sections among countries, people, organisations"):
        read_actors(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_actors(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "countries: {Gibraltar: Gibraltarian}",
            "countries must map each name to a list of names, and 'Gibraltar' does",
        ),
        ("people: [Aigerim Satova]", r"people must map each name to a map of facts, and \['Aigerim Satova'\] does not"),
        ("people: {Aigerim Satova: f}", "people must map each name to a map of facts, and 'Aigerim Satova' does not"),
    ],
)
def test_a_gazetteer_of_another_shape_is_refused(tmp_path, text, message):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(UsageError, match=message):
        read_actors(tmp_path / "mine.yaml")


def test_an_entry_of_the_file_wins_over_the_shipped_one(tmp_path):
    (tmp_path / "mine.yaml").write_text("people:\n  Vera Pal: {country: Belarus, roles: [leader]}\n")
    assert read_actors().holder_of("leader", "Belarus").name == "Alexander Lukashenko"
    assert read_actors(tmp_path / "mine.yaml").holder_of("leader", "Belarus").name == "Vera Pal"
