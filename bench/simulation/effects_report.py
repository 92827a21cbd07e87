"""How well changes, effects and what is learned from them agree with the truth."""

import numpy as np

from bench.simulation.checks import Check, Part, percent, table
from bench.simulation.study import EXPECTED
from bench.simulation.tables import KINDS, Table
from bench.simulation.worlds import EFFECTS, SIZES, Kind
from resistance.learning import Evidence, Learned, learn

MAX_FALSE = 0.05
MAX_BIAS = 0.5
MIN_COVERAGE = 0.93
BATCHES = (1, 2, 5, 10, 20, 40)
FITTED, NO_TREND, UNFITTED = 0, 1, 2
WORKED, NO_SIGN, TOO_FEW = 0, 1, 2


def change_part(quiet: Table, acted: Table) -> Part:
    part = Part("Changes: organisations in which nothing happened; power for the named source")
    still = quiet[quiet["is_steady"] == 1]
    fell = acted[(acted["is_steady"] == 1)]
    rows = []
    for size in SIZES:
        found, seen = _sized(still, size), _sized(fell, size)
        shares = [found[name].mean() for name in FLAGS] if len(found) else [np.nan] * 3
        power = [_mean(seen[seen["effect"] == e]["is_seen"]) for e in EFFECTS[1:4]]
        rows.append([f"{size}+", len(found), *(percent(s) for s in shares), *power])
    head = ["invited", "units", "changed", "without drift", "naive arrow", "-5", "-10", "-15"]
    part.lines = table(head, rows)
    wrong = still["wrong_way"].sum() / max(1.0, still["flags"].sum())
    part.lines.append(f"  of those called changed, moved the other way: {percent(wrong)}")
    false, naive = still["is_flagged"].mean(), still["is_naive_flagged"].mean()
    part.checks = [
        Check("unchanged units flagged", percent(false), "5 %", false <= MAX_FALSE),
        Check("unchanged units flagged", percent(naive), "5 %", naive <= MAX_FALSE, is_naive=True),
    ]
    return part


FLAGS = ("is_flagged", "is_flagged_without_drift", "is_naive_flagged")


def effect_part(acted: Table) -> Part:
    part = Part("Effect of an action, 60 pairs or more")
    fitted = acted[acted["basis"] == FITTED]
    rows, off, naive_off = [], [], []
    for effect in sorted(EFFECTS, reverse=True):
        found = fitted[fitted["effect"] == effect]
        if not len(found):
            continue
        errors, naive = found["value"] - found["truth"], found["raw_change"] - found["truth"]
        verdicts = [percent((found["verdict"] == v).mean(), 0) for v in (WORKED, NO_SIGN, TOO_FEW)]
        rows.append(
            [
                f"{effect:+.0f}",
                len(found),
                f"{errors.mean():+.2f}",
                f"{_clustered(found, errors):.2f}",
                percent(_covered(found)),
                f"{(found['high'] - found['low']).mean() / 2:.1f}",
                f"{naive.mean():+.2f}",
                *verdicts,
            ]
        )
        off.append(abs(errors.mean()))
        naive_off.append(abs(naive.mean()))
    head = ["effect", "units", "bias", "se", "held", "half", "naive bias", "worked", "no sign"]
    part.lines = table([*head, "too few"], rows)
    part.lines += ["", *_by_kind(fitted), "", *_by_size(fitted)]
    few = acted[acted["basis"] != FITTED]
    part.lines += ["", *_fallbacks(few)]
    held = _covered(fitted)
    part.checks = [
        Check("largest bias", f"{max(off):.2f}", f"{MAX_BIAS}", max(off) <= MAX_BIAS),
        Check("intervals that hold it", percent(held), "93 %", held >= MIN_COVERAGE),
        Check(
            "fewer pairs or no trend: too few to say",
            percent((few["verdict"] == TOO_FEW).mean()),
            "100 %",
            bool((few["verdict"] == TOO_FEW).all()),
        ),
        Check(
            "largest bias",
            f"{max(naive_off):.2f}",
            f"{MAX_BIAS}",
            max(naive_off) <= MAX_BIAS,
            is_naive=True,
        ),
    ]
    return part


def learning_part(acted: Table) -> Part:
    """Batches of measured effects in the order of organisations, as years would bring them."""
    part = Part(f"What a strategy is expected to do, after some units (promised {EXPECTED:+.0f})")
    usable = (acted["basis"] == FITTED) & (acted["kind"] != KINDS.index(Kind.CEILING))
    rows = []
    for effect in sorted(EFFECTS, reverse=True):
        found = acted[usable & (acted["effect"] == effect)]
        truth = found["truth"].mean()
        for size in BATCHES:
            batches = [found[i : i + size] for i in range(0, len(found) - size + 1, size)]
            learned = [_learn(batch) for batch in batches]
            rows.append([f"{effect:+.0f}", f"{truth:+.1f}", *_learned_row(learned, truth, size)])
    head = ["effect", "truth", "units", "batches", "mean", "off by", "95 % holds", "harm said"]
    part.lines = table(head, rows)
    return part


def _learn(batch: Table) -> Learned:
    return learn(
        EXPECTED,
        [
            Evidence(
                effect=float(row["value"]),
                variance=float(row["variance"]),
                shared_variance=float(row["shared_variance"]),
                comparison=str(row["source"]),
            )
            for row in batch
        ],
    )


def _learned_row(learned: list[Learned], truth: float, size: int) -> list[str]:
    if not learned:
        return [str(size), "0", "", "", "", ""]
    values = np.array([one.value for one in learned])
    sds = np.array([one.sd for one in learned])
    held = (np.abs(values - truth) <= 1.96 * sds).mean()
    return [
        str(size),
        str(len(learned)),
        f"{values.mean():+.2f}",
        f"{np.abs(values - truth).mean():.2f}",
        percent(held, 0),
        percent(float(np.mean([one.does_harm for one in learned])), 0),
    ]


def _by_kind(fitted: Table) -> list[str]:
    rows = []
    for number, kind in enumerate(KINDS):
        found = fitted[fitted["kind"] == number]
        if len(found):
            bias = (found["value"] - found["truth"]).mean()
            rows.append([kind.value, len(found), f"{bias:+.2f}", percent(_covered(found))])
    return table(["kind", "units", "bias", "held"], rows)


def _by_size(fitted: Table) -> list[str]:
    rows = []
    for size in SIZES:
        found = _sized(fitted, size)
        if len(found):
            bias = (found["value"] - found["truth"]).mean()
            half = (found["high"] - found["low"]).mean() / 2
            rows.append(
                [f"{size}+", len(found), f"{bias:+.2f}", percent(_covered(found)), f"{half:.1f}"]
            )
    return table(["invited", "units", "bias", "held", "half"], rows)


def _fallbacks(few: Table) -> list[str]:
    rows = []
    for basis, name in ((NO_TREND, "trend unknown"), (UNFITTED, "fewer than 60 pairs")):
        found = few[few["basis"] == basis]
        if len(found):
            bias = (found["value"] - found["truth"]).mean()
            rows.append([name, len(found), f"{bias:+.2f}", percent(_covered(found))])
    return table(["otherwise", "units", "bias", "held"], rows)


def _covered(found: Table) -> float:
    return float(((found["low"] <= found["truth"]) & (found["truth"] <= found["high"])).mean())


def _clustered(found: Table, errors: Table) -> float:
    """Standard error of the mean error over organisations."""
    _, codes = np.unique(found["world"], return_inverse=True)
    sums = np.bincount(codes, weights=errors - errors.mean())
    return float(np.sqrt((sums**2).sum()) / len(errors))


def _sized(rows: Table, size: int) -> Table:
    upper = next((other for other in SIZES if other > size), np.inf)
    return rows[(rows["invited"] >= size) & (rows["invited"] < upper)]


def _mean(values: Table) -> str:
    return percent(float(values.mean()), 0) if len(values) else ""
