"""How well intervals, P(top 3) and plans agree with the truth."""

import numpy as np

from bench.simulation.checks import Check, Part, percent, table
from bench.simulation.tables import KINDS, Table
from bench.simulation.worlds import RESPONSES, SIZES, UNIT_COUNTS, Kind

LOW, HIGH = 0.94, 0.97
MIN_ROWS = 2000
MIN_CASES = 200
MAX_OFF = 0.03
MAX_LOSS, MAX_OF_NAIVE = 0.30, 0.60
WHOLE = "ends are shown in whole points: 1.8 to each side is shown as 2"
MOST_ACCEPTED = 0.975


def coverage_part(scores: Table) -> Part:
    """Random response only: every size and response, known counts and bands apart."""
    part = Part("Intervals that hold the members' true mean, random response (% of rows)")
    random = scores[scores["kind"] != KINDS.index(Kind.RELATED)]
    cells = {
        (size, response, band): rows["is_covered"]
        for size in SIZES
        for response in RESPONSES
        for band in (0, 1)
        if len(rows := _of(random, size, response, band))
    }
    head = ["invited", *(f"{r:.0%} {what}" for r in RESPONSES for what in ("n known", "5-9"))]
    order = [(response, band) for response in RESPONSES for band in (0, 1)]
    rows = [[f"{size}+", *(_cell(cells.get((size, *key))) for key in order)] for size in SIZES]
    part.lines = [*table(head, rows), f"  * fewer than {MIN_ROWS:,} rows: not judged"]
    judged = {key: found.mean() for key, found in cells.items() if len(found) >= MIN_ROWS}
    known = [share for key, share in judged.items() if not key[2]]
    band = [share for key, share in judged.items() if key[2]]
    most = max(known, default=np.nan)
    part.checks = [
        _check("interval of a known count, least", min(known, default=np.nan)),
        _check("interval of a known count, most", most, WHOLE if most <= MOST_ACCEPTED else ""),
        _check("interval of 5-9 answers, least", min(band, default=np.nan)),
        _check("interval of 5-9 answers, most", max(band, default=np.nan)),
    ]
    return part


def silence_part(scores: Table) -> Part:
    """By kind of organisation; related silence is what no interval knows."""
    part = Part("The same by kind of organisation")
    rows = []
    for number, kind in enumerate(KINDS):
        of_kind = scores[scores["kind"] == number]
        for response in RESPONSES if kind is Kind.RELATED else (None,):
            found = of_kind if response is None else of_kind[of_kind["response"] == response]
            if not len(found):
                continue
            exact = found[found["is_band"] == 0]
            name = kind.value if response is None else f"{kind.value}, {response:.0%} answer"
            rows.append(
                [
                    name,
                    percent(exact["is_covered"].mean()),
                    percent(found["is_covered"].mean()),
                    f"{found['error'].mean():+.1f}",
                    f"{exact['width'].mean():.1f}",
                ]
            )
    head = ["kind", "n known", "all", "mean error", "width, n known"]
    part.lines = table(head, rows)
    return part


def certainty_part(scores: Table) -> Part:
    part = Part("P(top 3) against how often it was true")
    ranked = scores[~np.isnan(scores["p_top3"])]
    bins = np.minimum((ranked["p_top3"] * 10 + 1e-9).astype(int), 9)
    rows, off = [], []
    for number in range(10):
        found = ranked[bins == number]
        if len(found):
            said, true = found["p_top3"].mean(), found["is_top3"].mean()
            rows.append(
                [f".{number}-", len(found), f"{said:.3f}", f"{true:.3f}", f"{said - true:+.3f}"]
            )
            off += [abs(said - true)] if len(found) >= MIN_CASES else []
    part.lines = table(["bin", "cases", "said", "true", "off"], rows)
    part.lines += ["", "  largest deviation by organisation:"]
    part.lines += table(["teams", "largest"], [[u, _largest(ranked, u)] for u in UNIT_COUNTS])
    naive = scores[scores["is_naive_top3"] == 1]["is_top3"].mean()
    part.checks = [
        Check("largest deviation", f"{max(off):.3f}", f"{MAX_OFF}", max(off) <= MAX_OFF),
        Check(
            "said for certain, true",
            f"{naive:.3f}",
            f"{1 - MAX_OFF}",
            holds=naive >= 1 - MAX_OFF,
            is_naive=True,
        ),
    ]
    return part


def plan_part(plans: Table) -> Part:
    part = Part("What plans gain, against an oracle")
    known = {who: plans[who].sum() for who in ("ours", "naive", "oracle")}
    real = {who: plans[f"{who}_real"].sum() for who in ("ours", "naive", "oracle")}
    lost = {who: 1 - known[who] / known["oracle"] for who in ("ours", "naive")}
    lost_real = {who: 1 - real[who] / real["oracle"] for who in ("ours", "naive")}
    part.lines = table(
        ["", "Headwind", "naive"],
        [
            ["lost, effects as promised", *(f"{lost[w]:.3f}" for w in lost)],
            ["lost, oracle knows real effects", *(f"{lost_real[w]:.3f}" for w in lost_real)],
            [
                "an action on the true worst source",
                *(percent(plans[f"{w}_hits_worst"].mean()) for w in ("ours", "naive")),
            ],
            [
                "an action on the source farthest above its target",
                *(percent(plans[f"{w}_hits_severest"].mean()) for w in ("ours", "naive")),
            ],
        ],
    )
    part.lines.append(f"  {len(plans):,} teams")
    ratio = lost["ours"] / lost["naive"]
    part.checks = [
        Check("lost gain", f"{lost['ours']:.3f}", f"{MAX_LOSS}", lost["ours"] <= MAX_LOSS),
        Check("of what the naive plan loses", f"{ratio:.2f}", f"{MAX_OF_NAIVE}", ratio <= 0.6),
        Check(
            "lost gain",
            f"{lost['naive']:.3f}",
            f"{MAX_LOSS}",
            holds=lost["naive"] <= MAX_LOSS,
            is_naive=True,
        ),
    ]
    return part


def _of(scores: Table, size: int, response: float, band: int) -> Table:
    upper = next((other for other in SIZES if other > size), np.inf)
    is_size = (scores["invited"] >= size) & (scores["invited"] < upper)
    return scores[is_size & (scores["response"] == response) & (scores["is_band"] == band)]


def _cell(found: Table | None) -> str:
    if found is None:
        return ""
    return f"{100 * found.mean():.1f}{'' if len(found) >= MIN_ROWS else '*'}"


def _check(name: str, share: float, known: str = "") -> Check:
    return Check(name, percent(share), "94-97 %", LOW <= share <= HIGH, known=known)


def _largest(ranked: Table, units: int) -> str:
    found = ranked[ranked["units"] == units]
    bins = np.minimum((found["p_top3"] * 10 + 1e-9).astype(int), 9)
    off = [
        abs(rows["p_top3"].mean() - rows["is_top3"].mean())
        for number in range(10)
        if len(rows := found[bins == number]) >= MIN_CASES
    ]
    return f"{max(off):.3f}" if off else ""
