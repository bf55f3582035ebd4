import hashlib
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stance.errors import CheckError
from stance.labels import NAMES, STANCES
from stance.learning.calibration import ALL, Calibration
from stance.learning.checks import CHECKS, check_data, check_results, enforce
from stance.learning.evaluation import Design, Evaluation, Examples, Folds, Outcome, grouped_folds
from stance.learning.scoring import Predicted, score

DOCS = Path(__file__).parents[2] / "docs" / "checks.md"


def rows_of(n=60, **changes):
    rows = [
        {
            "id": f"r{k}", "text": hashlib.sha256(f"{k}".encode()).hexdigest()[:40], "label": NAMES[k % 3], "group": f"g{k}",
            "holder_kind": "author", "origin": "authored",
        }
        for k in range(n)
    ]  # fmt: skip
    for k, change in changes.items():
        rows[int(k[1:])].update(change)
    return rows


def codes(rows, folds=3):
    examples = Examples.of(rows, STANCES)
    return [finding.code for finding in check_data(examples, grouped_folds(examples, folds=folds, seed=0))]


def results_of(true, labels, *, confidence=0.9, inside=None, groups=None):
    probabilities = np.full((len(true), 3), (1 - confidence) / 2)
    probabilities[np.arange(len(true)), labels] = confidence
    predicted = Predicted(
        STANCES, true, probabilities, np.ones_like(true), np.arange(len(true)) if groups is None else groups
    )
    outcome = Outcome(predicted, predicted, inside, (), (), ())
    return Evaluation(score(predicted, resamples=200), None, False, None, outcome, None)


def laid_of(rows):
    examples = Examples.of(rows, STANCES)
    return Design(rows, examples, Folds((), np.arange(len(rows)), examples.groups), False, (None,) * len(rows))


def found(results, rows, **options):
    return {finding.code: finding.found for finding in check_results(results, laid_of(rows), **options)}


def test_clean_rows_give_no_finding():
    assert codes(rows_of()) == []


def test_a_near_twin_across_the_split_is_found_and_one_within_a_group_is_not():
    text = "The ministry of foreign affairs of Belarus has summoned the ambassador of Lithuania to Minsk on Thursday"
    twins = {"_0": {"text": text}, "_1": {"text": text + " again"}}
    together = rows_of(**twins)
    together[1]["group"] = together[0]["group"]
    assert codes(together) == []
    examples = Examples.of(rows_of(**twins), STANCES)
    parted = Folds(((np.arange(1, 60), np.array([0])),), np.array([0]), examples.groups)
    assert "STN001" in [finding.code for finding in check_data(examples, parted)]


def test_a_group_on_both_sides_and_a_class_missing_from_a_fold_are_found():
    examples = Examples.of(rows_of(_0={"group": "g1"}), STANCES)
    parted = Folds(((np.arange(1, 60), np.array([0])),), np.array([0]), examples.groups)
    assert [finding.code for finding in check_data(examples, parted)] == ["STN002", "STN003"]


def test_one_text_with_two_labels_is_found():
    rows = rows_of(_0={"text": "same words", "group": "g1"}, _1={"text": "Same  words"})
    assert "STN007" in codes(rows)


def test_results_that_flatter_or_mislead_are_named():
    draw = np.random.default_rng(0)
    true = np.repeat([0, 1, 2], [10, 80, 10])
    rows = rows_of(100)
    guessed = results_of(true, np.ones_like(true))
    assert {"STN004", "STN008"} <= set(found(guessed, rows))
    assert "80% of 100 rows are neutral" in found(guessed, rows)["STN004"]
    assert "STN005" in found(results_of(true, true), rows, agreement=0.8)
    assert "STN005" not in found(results_of(true, true), rows, agreement=1.0)
    even = draw.integers(0, 3, 300)
    flipped = found(results_of(even, 2 - even), rows_of(300))
    assert {"STN009", "STN012"} <= set(flipped)
    assert "STN011" in found(results_of(true, true, groups=np.arange(100) % 5), rows)


def test_a_class_that_is_not_measured_and_few_articles_are_named():
    true = np.array([0, 1] * 30)
    assert "overall: no row measured is supportive" in found(results_of(true, true), rows_of())["STN003"]
    results, laid = results_of(true, true), laid_of(rows_of())
    seeded = replace(results, seed_articles=results.overall)
    findings = check_results(seeded, replace(laid, articles=("a", "b", "a") + (None,) * 57))
    assert "seed articles: 2 articles, resampled by sentence" in [finding.found for finding in findings]


def test_calibration_is_judged_where_there_was_one_and_coverage_by_groups():
    true = np.arange(300) % 3
    labels = np.where(np.arange(300) % 2, true, (true + 1) % 3)
    sure = results_of(true, labels, confidence=0.99)
    assert "STN009" in found(sure, rows_of(300))
    assert "STN009" not in found(replace(sure, outcome=replace(sure.outcome, calibrated=None)), rows_of(300))
    inside = np.ones((300, 3), dtype=bool)
    inside[:45, :] = False
    calibration = Calibration(1.0, 0.9, {ALL: 1.0}, 300)
    by_row = replace(results_of(true, labels, inside=inside), calibration=calibration)
    assert "0.850" in found(by_row, rows_of(300))["STN010"]
    together = replace(results_of(true, labels, inside=inside, groups=np.arange(300) // 45), calibration=calibration)
    assert "STN010" not in found(together, rows_of(300))


def test_small_slices_are_listed_with_their_n():
    rows = rows_of(60, _0={"bloc": "asia"}, _1={"bloc": "asia"})
    true = np.array([NAMES.index(row["label"]) for row in rows])
    assert "bloc asia (n = 2)" in found(results_of(true, true), rows)["STN006"]


def test_strict_makes_findings_errors_with_what_to_do():
    findings = check_results(results_of(np.ones(40, dtype=int), np.ones(40, dtype=int)), laid_of(rows_of(40)))
    enforce(findings, strict=False)
    enforce([], strict=True)
    with pytest.raises(CheckError, match=r"(?s)strict=true, and the checks found:.*STN004.*Quote macro-F1"):
        enforce(findings, strict=True)


def test_every_code_is_documented_and_no_other():
    described = dict(re.findall(r"^## (STN\d{3}): (.+)$", DOCS.read_text(encoding="utf-8"), re.MULTILINE))
    assert described == {code: check.title for code, check in CHECKS.items()}
