"""Two clusterings of the same points compared by the output that their clusters share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from stclusters.rank.score import DIGITS

Key = int | None


class Overlap(NamedTuple):
    """The output of the points that are of one part and cluster of the default, and of one cluster found.

    None is outside every cluster; counts are whole numbers of one small unit, so that sums are exact.
    """

    part: Key
    cluster: Key
    found: Key
    patents: int
    articles: int


class Fate(NamedTuple):
    """What became of a cluster of the default: `kept` is its share in its largest piece, `rank` that of its match."""

    verdict: str
    kept: float
    rank: int | None


@dataclass(frozen=True)
class Comparison:
    """The clusters found against those of the default; see `compare`."""

    clusters: int
    entered: int
    patent_share: float
    article_share: float
    spearman: float | None
    top_overlap: float | None
    fates: Mapping[int, Fate]


def compare(overlaps: Sequence[Overlap], top: int) -> Comparison:
    """The comparison of the clusters found with those of the default.

    A piece of a cluster is a cluster found that shares more output with it than with any other cluster of the default
    (a tie: with the smaller id); the largest part of a cluster lies in its main one, and the two match where each is
    the other's largest. A cluster has *vanished* where less than half of its output is in clusters found; it has
    *merged* where it shares its main one with another that has not vanished, is *split* where it has two pieces or
    more, and else *whole*. Clusters found that hold the largest shares of the parts of one cluster of the default,
    which merging joined, are taken as one: what merges there, merges here. Spearman's coefficient is over the ranks of
    clusters that match, `top_overlap` the part of the `top` of the default whose match is among the `top` here;
    `entered` counts the clusters found that share nothing with any of the default.
    """
    patents, articles = _counts(overlaps)
    weights = (max(1, articles), max(1, patents))  # patents by all articles, articles by all patents: one unit
    united = _united(overlaps, weights)
    shared: dict[tuple[Key, Key], int] = defaultdict(int)
    for row in overlaps:
        shared[row.cluster, _at(united, row.found)] += _output(row, weights)
    outputs = [_sums(((key[side], output) for key, output in shared.items())) for side in (0, 1)]
    ranks_then, ranks = (_ranks(of, weights[0] * weights[1]) for of in outputs)
    main = _largest((cluster, found, n) for (cluster, found), n in shared.items())
    piece_of = _largest((found, cluster, n) for (cluster, found), n in shared.items())
    fates = _fates(shared, outputs[0], main, piece_of, ranks)
    pairs = [(ranks_then[cluster], fate.rank) for cluster, fate in fates.items() if fate.rank is not None]
    best = [cluster for cluster, rank in ranks_then.items() if rank <= top]
    again = [cluster for cluster in best if (fates[cluster].rank or top + 1) <= top]
    patents_inside, articles_inside = _counts([row for row in overlaps if row.found is not None])
    return Comparison(
        clusters=len(ranks),
        entered=len(set(ranks) - set(piece_of)),
        patent_share=patents_inside / weights[1],
        article_share=articles_inside / weights[0],
        spearman=_spearman(pairs),
        top_overlap=len(again) / len(best) if best else None,
        fates=fates,
    )


def _counts(rows: Sequence[Overlap]) -> tuple[int, int]:
    return sum(row.patents for row in rows), sum(row.articles for row in rows)


def _output(row: Overlap, weights: Sequence[int]) -> int:
    return row.patents * weights[0] + row.articles * weights[1]


def _sums(rows: Iterable[tuple[Key, int]]) -> dict[int, int]:
    summed: dict[int, int] = defaultdict(int)
    for key, number in rows:
        if key is not None:
            summed[key] += number
    return dict(summed)


def _largest(rows: Iterable[tuple[Key, Key, int]]) -> dict[int, int]:
    """For each first key the second key with the largest number, the smaller key where two are equal."""
    known = sorted((a, -n, b) for a, b, n in rows if a is not None and b is not None and n > 0)
    return {a: min(group)[2] for a, group in groupby(known, key=lambda row: row[0])}


def _united(overlaps: Sequence[Overlap], weights: Sequence[int]) -> dict[int, int]:
    """The clusters found that are taken as one with another: each with the smallest id of them all."""
    by_part: dict[tuple[Key, Key], int] = defaultdict(int)
    cluster_of: dict[int, int] = {}
    for row in overlaps:
        by_part[row.part, row.found] += _output(row, weights)
        if row.part is not None and row.cluster is not None:
            cluster_of[row.part] = row.cluster
    joined: dict[int, int] = {}
    mains: dict[int, list[int]] = defaultdict(list)
    for part, found in _largest((part, found, n) for (part, found), n in by_part.items()).items():
        mains[cluster_of[part]].append(found)
    for founds in mains.values():
        roots = {_root(joined, found) for found in founds}
        joined |= dict.fromkeys(roots - {min(roots)}, min(roots))
    return {found: _root(joined, found) for found in joined}


def _root(joined: Mapping[int, int], found: int) -> int:
    while found in joined:
        found = joined[found]
    return found


def _at(united: Mapping[int, int], found: Key) -> Key:
    return None if found is None else united.get(found, found)


def _ranks(outputs: Mapping[int, int], unit: int) -> dict[int, int]:
    """Ranks by output, as in the ranking: equal scores share one."""
    scores = {key: round(100 * output / unit, DIGITS) for key, output in outputs.items()}
    in_order = sorted(scores.values(), reverse=True)
    first = {score: place for place, score in reversed(list(enumerate(in_order, 1)))}
    return {key: first[score] for key, score in scores.items()}


def _fates(
    shared: Mapping[tuple[Key, Key], int],
    outputs: Mapping[int, int],
    main: Mapping[int, int],
    piece_of: Mapping[int, int],
    ranks: Mapping[int, int],
) -> dict[int, Fate]:
    left = {cluster: shared.get((cluster, None), 0) for cluster in outputs}
    stays = {
        cluster for cluster, output in outputs.items() if 2 * (output - left[cluster]) >= output and cluster in main
    }
    pieces = _sums((cluster, 1) for cluster in piece_of.values())
    on_main = _sums((main[cluster], 1) for cluster in stays)
    fates = {}
    for cluster in sorted(outputs):
        found = main.get(cluster)
        kept = 0.0 if found is None else shared[cluster, found] / outputs[cluster]
        match = found is not None and cluster in stays and piece_of[found] == cluster
        if cluster not in stays:
            verdict = "vanished"
        elif on_main[main[cluster]] > 1:
            verdict = "merged"
        else:
            verdict = "split" if pieces.get(cluster, 0) > 1 else "whole"
        fates[cluster] = Fate(verdict, kept, ranks[found] if match and found is not None else None)
    return fates


def _spearman(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Spearman's rank correlation; None where it has no value: fewer than two pairs, or all ranks equal."""
    then, now = (set(side) for side in zip(*pairs, strict=True)) if pairs else (set(), set())
    if len(then) < 2 or len(now) < 2:
        return None
    from scipy.stats import spearmanr

    return float(spearmanr([a for a, _ in pairs], [b for _, b in pairs]).statistic)
