"""Speed of saved models on the same sentences, as ratios against the first named.

python benchmarks/models.py upper_tuned distilled baseline
"""

import sys
import time

from stance.corpus import dataset
from stance.inference.prediction import load_model

ROUNDS = 3


def main(names: list[str]) -> None:
    if len(names) < 2:
        sys.exit("give two saved models or more; the first is the peer the others are measured against")
    texts = [row.text for row in dataset.read_labels()][::20]
    models = [load_model(name) for name in names]
    seconds = {name: [] for name in names}
    for model in models:
        model.predict_proba(texts[:32])
    for _ in range(ROUNDS):
        for name, model in zip(names, models, strict=True):
            start = time.perf_counter()
            model.predict_proba(texts)
            seconds[name].append(time.perf_counter() - start)
    print(f"{len(texts)} sentences, best of {ROUNDS} interleaved rounds")
    peer = min(seconds[names[0]])
    for name in names:
        best = min(seconds[name])
        print(f"{name:20} {len(texts) / best:10.0f} sentences/s   {peer / best:8.1f} times {names[0]}")


if __name__ == "__main__":
    main(sys.argv[1:])
