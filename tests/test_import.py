import subprocess
import sys

HEAVY = ("hydra", "datasets", "sklearn", "pandas", "torch", "omegaconf", "scipy")


def modules_after(code: str) -> set[str]:
    code = f"{code}\nimport sys; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy():
    loaded = modules_after("import stance; stance.Stance.NEUTRAL; stance.load_model")
    assert "stance.labels" in loaded
    assert not loaded & set(HEAVY)


def test_the_prediction_record_needs_no_learning_library():
    loaded = modules_after("import stance; stance.Prediction")
    assert "stance.inference.prediction" in loaded
    assert not loaded & {"hydra", "datasets", "sklearn", "torch"}


def test_the_package_exports_four_names_and_no_more():
    import stance

    assert sorted(stance.__all__) == ["Prediction", "Stance", "__version__", "load_model"]
    assert all(hasattr(stance, name) for name in stance.__all__)
