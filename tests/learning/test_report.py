import json
import re
import shutil
from copy import deepcopy
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.labels import STANCES
from stance.learning import report
from stance.learning.assessment import assess
from stance.learning.checks import CHECKS
from stance.learning.classifiers import logistic_regression, pipeline
from stance.learning.evaluation import Plan
from stance.learning.features import word_and_char_tfidf
from stance.learning.report import charts
from stance.learning.report.markup import UNPRINTABLE, VOID, escape, plain, tag
from stance.learning.report.mistakes import highlighted

CSS = Path(report.__file__).with_name("report.css").read_text(encoding="utf-8")


class Page(HTMLParser):
    """A page read strictly: every tag closed in order; its elements, and the text of each."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, name, attributes):
        element = (name, dict(attributes), [])
        assert len(attributes) == len(dict(attributes))
        self.elements.append(element)
        if name not in VOID:
            self.open.append(element)

    def handle_endtag(self, name):
        assert self.open.pop()[0] == name

    def handle_data(self, text):
        for _, _, said in self.open:
            said.append(text)

    def text(self, name, **wanted):
        return [
            "".join(said)
            for found, attributes, said in self.elements
            if found == name and all(attributes.get(key) == value for key, value in wanted.items())
        ]


@pytest.fixture(scope="module")
def assessed(few):
    rows = [_row(row) for row in few]
    return assess(
        pipeline(word_and_char_tfidf(char_max=3), logistic_regression()),
        rows, STANCES, name="tiny", target="Moscow", fingerprint="f" * 64, folds=3, resamples=100, seed=0,
        plan=Plan(inner=2, errors=2), shares=(0.25, 0.5),
    )  # fmt: skip


def _row(row):
    return {
        "id": row.id, "text": row.text, "label": row.label, "group": row.family, "origin": row.origin,
        "holder": row.holder, "holder_kind": row.holder_kind, "bloc": row.bloc, "phenomena": row.phenomena,
    }  # fmt: skip


@pytest.fixture(scope="module")
def stored(assessed):
    """What a results.json holds, with a comparison and seed articles."""
    results = json.loads(json.dumps(report.results(assessed)))
    results["comparison"] = [
        {"name": "other", "difference": {"value": -0.1, "low": -0.2, "high": 0.05, "n": 200}, "verdict": "alike"}
    ]
    results["scores"]["seed_articles"] = deepcopy(results["scores"]["overall"])
    return results


@pytest.fixture(scope="module")
def page(stored):
    return report.render_html(stored)


def bare(stored):
    """Two unordered labels and nothing but scores."""
    results = deepcopy(stored)
    results |= {"temperatures": [], "sets": [], "curve": [], "errors": [], "slices": [], "findings": []}
    results["calibration"], results["comparison"] = None, []
    results["scores"]["seed_articles"] = None
    scores, names = results["scores"]["overall"], ["AGAINST", "FAVOR"]
    for key in ("ends_f1", "quadratic_weighted_kappa", "amae", "flip_rate", "ranked_probability_score"):
        scores[key] = None
    for key in ("precision", "recall", "f1"):
        scores[key] = dict(zip(names, scores[key].values(), strict=False))
    scores["f1"]["FAVOR"]["value"] = float("nan")
    scores |= {"classes": names, "confusion": [[5, 1], [0, 0]], "support": {"AGAINST": 6, "FAVOR": 0}}
    scores["family_accuracy"] = None
    return results


def error(text, words, **changes):
    return {
        "id": "e1", "text": text, "true": "neutral", "predicted": "supportive", "confidence": 0.9, "holder": None,
        "method": "linear", "words": words,
    } | changes  # fmt: skip


def words_of(text):
    return [(found.start(), found.end(), (-1) ** k * (k + 1)) for k, found in enumerate(re.finditer(r"\S+", text))]


def test_an_assessment_is_written_as_data_page_and_markdown_that_say_the_same(assessed, tmp_path):
    path = report.write(assessed, tmp_path / "new")
    assert path == tmp_path / "new" / "report.html"
    assert sorted(file.name for file in path.parent.iterdir()) == ["report.html", "report.md", "results.json"]
    again = json.loads((path.parent / "results.json").read_text(encoding="utf-8"))
    assert report.render_html(again) == path.read_text(encoding="utf-8")
    assert report.render_markdown(again) == (path.parent / "report.md").read_text(encoding="utf-8")


def test_every_tag_is_closed_and_every_id_is_used_once(stored, page):
    for results in (page, report.render_html(bare(stored))):
        ids = [attributes["id"] for _, attributes, _ in Page(results).elements if "id" in attributes]
        assert len(ids) == len(set(ids))


def test_the_page_loads_nothing_and_runs_nothing(page):
    for name, attributes, _ in Page(page).elements:
        assert name not in {"script", "link", "iframe", "object", "img", "base"}
        assert not any(key.startswith("on") for key in attributes)
        assert all(attributes.get(key, "#").startswith("#") for key in ("href", "src", "xlink:href"))
    assert not re.search(r"@import|url\(|https?:", CSS)


def test_every_link_leads_somewhere(page):
    elements = Page(page).elements
    ids = {attributes.get("id") for _, attributes, _ in elements}
    links = [attributes["href"] for name, attributes, _ in elements if name == "a"]
    assert links
    assert {link[1:] for link in links} <= ids
    named = [name for _, attributes, _ in elements for name in attributes.get("aria-labelledby", "").split()]
    assert named
    assert set(named) <= ids


def test_every_headline_number_stands_on_the_page_with_interval_and_n(stored, page):
    text, markdown = "".join(Page(page).text("main")), report.render_markdown(stored)
    scores = stored["scores"]["overall"]
    for key in ("macro_f1", "accuracy", "ends_f1", "quadratic_weighted_kappa", "majority_macro_f1", "log_loss"):
        number = scores[key]
        shown = f"{number['value']:.3f} [{number['low']:.3f}, {number['high']:.3f}]"
        assert shown in markdown
        assert shown.replace("-", "−") in text
        assert f"| {number['n']} |" in markdown


def test_sections_stand_in_the_order_of_doubt(page, stored):
    titles = Page(page).text("h2")
    assert titles[:5] == [
        "What was measured", "Headline numbers", "Comparison with other models", "Findings of the checks",
        "Confusion matrix",
    ]  # fmt: skip
    assert titles[-3:] == ["Seed articles", "Most confident errors", "What the codes mean"]
    assert re.findall(r"^## (.*)", report.render_markdown(stored), re.MULTILINE) == titles


def test_what_is_missing_is_named_and_never_shown_as_none_or_nan(stored):
    found = report.render_html(bare(stored))
    text = "".join(Page(found).text("body"))
    for reason in (
        "not calibrated", "no prediction sets", "No learning curve", "no field to slice by", "No errors",
        "found nothing", "left out: F1 of the ends, quadratic weighted kappa, contrast families",
    ):  # fmt: skip
        assert reason in text
    for shown in (text, report.render_markdown(bare(stored))):
        assert not re.search(r"\b(nan|None|inf)\b", shown)
        assert "Seed articles" not in shown
        assert "Comparison" not in shown
    assert "▲" not in found
    assert 'class="flip"' not in found


def test_a_slice_of_few_rows_is_marked_and_comes_last(stored):
    results = deepcopy(stored)
    interval = {"value": 0.1, "low": 0.0, "high": 0.5, "n": 4}
    part = {"field": "bloc", "accuracy": interval, "macro_f1": None, "groups": 3, "small": True}
    sure = {**part, "value": "sure", "accuracy": {**interval, "value": 0.9, "n": 40}, "small": False}
    results["slices"] = [{**part, "value": "few"}, sure]
    text = "".join(Page(report.render_html(results)).text("section", id="slices"))
    assert text.index("sure0.900") < text.index("fewn < 30")
    assert "n < 30: an anecdote" in text
    assert text.count("one class") == 2


def test_a_finding_leads_to_what_its_code_means(stored):
    results = deepcopy(stored)
    known = CHECKS["STN006"]
    text = f"STN006 {known.title}: 2 of 9 slices: <b> (n = 3). {known.remedy[0].upper()}{known.remedy[1:]}."
    results["findings"] = [{"code": "STN006", "text": text}, {"code": "STN999", "text": "STN999 of a later release"}]
    read = Page(report.render_html(results))
    found = "".join(read.text("section", id="findings"))
    assert "2 of 9 slices: <b> (n = 3)" in found
    assert "of a later release" in found
    assert read.text("a", href="#STN006") == ["STN006"]
    assert not read.text("a", href="#STN999")


NASTY = (
    "<script>alert('1')</script> said \"no\" & </blockquote><!-- left",
    "وزارت خارجه روسیه این اقدام را محکوم کرد.",
    "Москва «категорически» не приемлет войну.",
)


@pytest.mark.parametrize("text", NASTY)
def test_a_sentence_comes_back_letter_for_letter_from_its_highlighted_words(stored, text):
    results = deepcopy(stored)
    results["errors"] = [error(text, words_of(text), holder=text, id=text)]
    results["name"] = text
    read = Page(report.render_html(results))
    assert read.text("blockquote") == [text]
    assert read.text("h1") == [text]
    assert not read.text("script")
    assert {attributes["class"].split()[0] for name, attributes, _ in read.elements if name == "mark"} == {
        "toward",
        "against",
    }


def test_a_word_carries_its_weight_and_a_slight_one_no_mark():
    read = Page(highlighted("will not fight", [(0, 4, 2.0), (5, 8, -1.5), (9, 14, 0.1)], "log-odds"))
    found = [(name, attributes.get("class"), attributes["title"]) for name, attributes, _ in read.elements]
    assert found == [
        ("mark", "toward strong", "+2.00 log-odds"),
        ("mark", "against strong", "−1.50 log-odds"),
        ("span", None, "+0.10 log-odds"),
    ]


def test_words_without_weight_or_outside_the_text_mark_nothing():
    assert highlighted("a < b", [(0, 1, 0.0), (3, 99, 1.0)], "x") == '<span title="+0.00 x">a</span> &lt; b'


@given(st.text(), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.floats(-9, 9))))
def test_highlighting_never_changes_a_text(text, words):
    read = Page(f"<p>{highlighted(text, words, 'log-odds')}</p>")
    assert read.text("p") == [UNPRINTABLE.sub("\ufffd", text)]


@given(st.text(), st.text())
def test_escaped_text_reads_back_as_itself_in_content_and_attributes(text, title):
    read = Page(tag("p", text, title=title))
    assert [name for name, _, _ in read.elements] == ["p"]
    assert read.text("p") == [UNPRINTABLE.sub("\ufffd", text)]
    assert read.elements[0][1]["title"] == UNPRINTABLE.sub("\ufffd", title)
    assert escape(escape(text)) == escape(text)


@given(st.text())
def test_text_in_markdown_stays_in_its_cell_and_makes_no_link_or_tag(text):
    shown = plain(text)
    assert "\n" not in shown
    assert not re.search(r"(?<!\\)(?:\\\\)*[|<>`*_]", shown)
    assert not re.search(r"(?<!\\)(?:\\\\)*\]\(", shown)


def variables(block):
    return dict(re.findall(r"--(\w+): (#\w{6});", block))


def luminance(colour):
    parts = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return float(np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])


def mixed(colour, other, share):
    pairs = [(int(colour[k : k + 2], 16), int(other[k : k + 2], 16)) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in pairs)


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_its_ground_in_both_schemes(scheme):
    block = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[scheme]
    colours = variables(block)
    paper = colours["paper"]
    for name in ("ink", "soft", "link", "low", "middle", "high", "toward", "against"):
        assert contrast(colours[name], paper) >= 4.5, name
    for name, share in (("toward", 0.4), ("against", 0.4), ("shade", 0.5)):
        assert contrast(colours["ink"], mixed(colours[name], paper, share)) >= 4.5, name


def test_both_colour_schemes_and_paper_are_served(page):
    assert "@media screen and (prefers-color-scheme: dark)" in page
    assert "@media print" in page
    assert '<meta name="color-scheme" content="light dark">' in page


def test_every_chart_is_described_and_has_its_table_beside_it(page):
    read = Page(page)
    drawn = [attributes for name, attributes, _ in read.elements if name == "svg" and attributes.get("role") == "img"]
    assert len(drawn) == 3
    assert len(read.text("desc")) == 3
    hidden = [a for name, a, _ in read.elements if name == "svg" and a.get("role") != "img"]
    assert all(attributes["aria-hidden"] == "true" for attributes in hidden)
    captions = read.text("caption")
    assert {"Bins of confidence", "Error rate by share kept", "Macro-F1 by share of the training groups"} <= {*captions}


@given(st.floats(-1, 1), st.floats(0.001, 2))
def test_an_axis_holds_its_range_and_ends_on_ticks(low, length):
    axis = charts.linear("", low, low + length)
    ticks = [value for value, _ in axis.ticks]
    assert axis.low <= low + 1e-6
    assert axis.high >= low + length - 1e-6
    assert ticks[0] == axis.low
    assert ticks[-1] == axis.high
    assert 2 <= len(ticks) <= 9


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1200])
def test_a_browser_shows_the_page_without_an_error_or_sideways_scrolling(page, scheme, width, tmp_path):
    api, chromium = pytest.importorskip("playwright.sync_api"), shutil.which("chromium")
    if not chromium:
        pytest.skip("there is no chromium")
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        shown = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        said = []
        shown.on("console", lambda message: said.append(message.text))
        shown.goto(path.as_uri())
        assert said == []
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        browser.close()
