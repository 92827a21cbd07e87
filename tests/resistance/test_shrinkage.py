"""The steadied estimate against a mixed model that statsmodels fits by REML.

The table: six batches of dyestuff, five preparations each, grams of standard colour (Davies and
Goldsmith, Statistical Methods in Research and Production, 1972; Dyestuff in the R package lme4).
Bates, lme4: Mixed-effects modeling with R, chapter 1, gives its REML variances, 1764.05 between
batches and 2451.25 within.
"""

import numpy as np
import pytest

from resistance.shrinkage import Prior, Sample, between_variance, shrink

DYESTUFF = {
    "A": (1545, 1440, 1440, 1520, 1580),
    "B": (1540, 1555, 1490, 1560, 1495),
    "C": (1595, 1550, 1605, 1510, 1560),
    "D": (1445, 1440, 1595, 1465, 1545),
    "E": (1595, 1630, 1515, 1635, 1625),
    "F": (1520, 1455, 1450, 1480, 1445),
}
UNEVEN = {batch: grams[: 5 - place // 2] for place, (batch, grams) in enumerate(DYESTUFF.items())}


def fit_mixed_model(batches):
    """statsmodels' fit of one common mean and a random batch."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    grams = np.concatenate([np.array(values, dtype=float) for values in batches.values()])
    groups = np.repeat(list(batches), [len(values) for values in batches.values()])
    return MixedLM(grams, np.ones((len(grams), 1)), groups).fit(reml=True)


def sample_of(batches, within):
    means = np.array([np.mean(values) for values in batches.values()])
    return Sample(means, within / np.array([len(values) for values in batches.values()]))


def pooled_variance(batches):
    squares = sum(np.var(values) * len(values) for values in batches.values())
    return squares / (sum(map(len, batches.values())) - len(batches))


def test_between_variance_of_dyestuff_is_the_published_one():
    within = pooled_variance(DYESTUFF)

    between = between_variance([sample_of(DYESTUFF, within)])

    assert within == pytest.approx(2451.25)
    assert between == pytest.approx(1764.05, abs=0.005)


def test_between_variance_of_even_units_is_that_of_a_mixed_model():
    model = fit_mixed_model(DYESTUFF)

    between = between_variance([sample_of(DYESTUFF, pooled_variance(DYESTUFF))])

    assert between == pytest.approx(float(np.asarray(model.cov_re)[0, 0]), rel=1e-3)
    assert pooled_variance(DYESTUFF) == pytest.approx(model.scale, rel=1e-4)


@pytest.mark.parametrize("batches", [DYESTUFF, UNEVEN], ids=["even", "uneven"])
def test_estimates_are_the_predictions_of_a_mixed_model(batches):
    model = fit_mixed_model(batches)
    between = float(np.asarray(model.cov_re)[0, 0])
    sample = sample_of(batches, model.scale)

    mean, mean_variance = sample.weighted_mean(between)
    prior = Prior(mean, mean_variance, between)
    found = [
        shrink(value, error, between, prior)
        for value, error in zip(sample.values, sample.variances, strict=True)
    ]

    common = float(model.fe_params[0])
    predicted = [common + float(np.asarray(model.random_effects[key])[0]) for key in batches]
    assert mean == pytest.approx(common, rel=1e-6)
    assert mean_variance**0.5 == pytest.approx(float(model.bse_fe[0]), rel=1e-3)
    assert [estimate for estimate, _ in found] == pytest.approx(predicted, rel=1e-6)


@pytest.mark.parametrize("batches", [DYESTUFF, UNEVEN], ids=["even", "uneven"])
def test_variances_are_those_of_a_mixed_model_with_a_known_mean(batches):
    model = fit_mixed_model(batches)
    between = float(np.asarray(model.cov_re)[0, 0])
    known = Prior(1500.0, 0.0, between)

    variances = [
        shrink(0.0, error, between, known)[1] for error in sample_of(batches, model.scale).variances
    ]

    conditional = [float(np.asarray(model.random_effects_cov[key])[0, 0]) for key in batches]
    assert variances == pytest.approx(conditional, rel=1e-6)
