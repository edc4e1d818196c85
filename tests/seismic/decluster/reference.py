"""Declustering by brute force: every event against every other, nothing clever."""

from __future__ import annotations

import copy
import math

import numpy as np
import pandas as pd

from analysis.seismic.decluster import window_size
from analysis.seismic.distances import distance_km


class Table:
    """Arrays of a table of events, and the distance of every event from every other, km."""

    def __init__(self, table):
        time = pd.to_datetime(table["time"])
        self.days = ((time - time.min()) / pd.Timedelta(days=1)).to_numpy()
        names = ("longitude", "latitude", "depth", "mag")
        lon, lat, depth, self.mag = (table[name].to_numpy(np.float64) for name in names)
        self.size = len(table)
        self.order = np.lexsort((depth, lat, lon, -self.mag, self.days))
        flat = np.array([distance_km(x, y, lon, lat) for x, y in zip(lon, lat, strict=True)])
        down = np.nan_to_num(depth[:, None] - depth)
        self.apart = {False: flat, True: np.hypot(flat, down)}

    def in_order_of_time(self):
        other = copy.copy(self)
        other.days, other.mag = self.days[self.order], self.mag[self.order]
        other.apart = {k: v[np.ix_(self.order, self.order)] for k, v in self.apart.items()}
        return other


def gardner_knopoff_by_all(
    table, window, *, linking="mainshock", foreshocks=0.0, three_dimensional=False, causal=False
):
    """Windows from the largest event down, each against the whole table."""
    days, mag = table.days, table.mag
    km, length = window_size(mag, window)
    ids = np.arange(table.size)
    done = np.zeros(table.size, dtype=bool)
    for i in sorted(table.order, key=lambda i: -mag[i]):  # stable: the earlier of equals first
        done[i] = True
        if linking == "mainshock" and ids[i] != i:
            continue
        late = days - days[i]
        inside = (late >= -foreshocks * length[i]) & (late <= length[i])
        inside &= table.apart[three_dimensional][i] <= km[i]
        inside &= ~done & (ids == np.arange(table.size))
        if linking == "every":
            inside &= mag < mag[i]
        if causal:
            inside &= late > 0
        ids[inside] = ids[i]
    return ids


def relabelled(ids, order):
    """Ids of a permuted table as ids of the table before."""
    result = np.empty_like(ids)
    result[order] = order[ids]
    return result


def crack_radius(mag):
    return 0.011 * 10 ** (0.4 * mag)


def look_ahead(late, largest, xmeff):
    """Reasenberg's tau with the parameters of his paper, days."""
    excess = max(0.5 * largest - xmeff, 0)
    return min(max(-math.log(0.05) * late / 10 ** ((excess - 1) * 2 / 3), 1.0), 10.0)


def links(table, i, mid, tau, three_dimensional):
    """Which events lie near enough to i or to the largest of its cluster."""
    near = table.apart[three_dimensional][i] < 10 * crack_radius(table.mag[i])
    if tau > 1.0:
        near |= table.apart[three_dimensional][mid] < crack_radius(table.mag[mid])
    return near


def reasenberg_by_all(table, *, three_dimensional=False, smaller_on_merge=False):
    """Reasenberg with lists of members.

    `smaller_on_merge` keeps the smaller of two main events when clusters merge, as the published
    package bruces 0.5.0 does.
    """
    order, table = table.order, table.in_order_of_time()
    days, mag, n = table.days, table.mag, table.size
    label = list(range(n))
    members = {i: [i] for i in range(n)}
    main = {i: i for i in range(n)}
    for i in range(n):
        mid, tau = main[label[i]], 1.0
        if smaller_on_merge and len(members[label[i]]) > 1 and mag[i] > mag[mid]:
            main[label[i]] = mid = i
        if mid < i:
            tau = look_ahead(days[i] - days[mid], mag[mid], mag.min())
        until = (days < days[i] + tau) & (np.arange(n) > i)
        for j in np.flatnonzero(until & links(table, i, mid, tau, three_dimensional)):
            a, b = label[i], label[j]
            if a == b:
                continue
            one, other = main[a], main[b]
            best = min(one, other, key=lambda k: (-mag[k], k))
            if smaller_on_merge and len(members[a]) > 1 and len(members[b]) > 1:
                best = other if mag[one] > mag[other] else one
            for k in members.pop(b):
                label[k] = a
                members[a].append(k)
            main[a] = best
    return relabelled(np.array([main[label[i]] for i in range(n)]), order)


def reasenberg_causal_by_all(table, *, three_dimensional=False):
    """Each event from what was known strictly before it."""
    order, table = table.order, table.in_order_of_time()
    days, mag, n = table.days, table.mag, table.size
    ids, known = list(range(n)), []  # known: clusters as sets of events that have come
    waiting = {j: set() for j in range(n)}
    for moment in np.unique(days):
        now = np.flatnonzero(days == moment)
        for j in now:
            linked = [c for c in known if c & waiting[j]]
            ids[j] = min([j, *set().union(*linked)], key=lambda k: (-mag[k], k))
        for j in now:
            linked = [c for c in known if c & waiting[j]]
            known = [c for c in known if not c & waiting[j]] + [set().union({j}, *linked)]
        for i in now:
            cluster = next(c for c in known if i in c)
            mid, tau = min(cluster, key=lambda k: (-mag[k], k)), 1.0
            if mid < i:
                tau = look_ahead(days[i] - days[mid], mag[mid], mag[: i + 1].min())
            until = (days < days[i] + tau) & (days > moment)
            for j in np.flatnonzero(until & links(table, i, mid, tau, three_dimensional)):
                waiting[j].add(i)
    return relabelled(np.array(ids), order)


def zaliapin_by_all(table, threshold, three_dimensional=False, causal=False):
    """Ids, and log10 of the proximity of each event's parent, with b = 1 and df = 1.6."""
    order, table = table.order, table.in_order_of_time()
    eta = np.full(table.size, np.nan)
    ids, root, trees = np.arange(table.size), {}, {}
    for j in range(table.size):
        years = (table.days[j] - table.days) / 365.25
        km = np.maximum(table.apart[three_dimensional][j], 0.1)
        near = np.where(years > 0, years * km**1.6 * 10**-table.mag, np.inf)
        parent = int(np.argmin(near))
        root[j] = j
        if near[parent] < np.inf:
            eta[j] = np.log10(near[parent])
            if eta[j] < threshold:
                root[j] = root[parent]
        trees.setdefault(root[j], []).append(j)
    for j in range(table.size):
        tree = trees[root[j]]
        if causal:
            tree = [j, *(k for k in tree if table.days[k] < table.days[j])]
        ids[j] = min(tree, key=lambda k: (-table.mag[k], k))
    unsorted = np.empty_like(eta)
    unsorted[order] = eta
    return relabelled(ids, order), unsorted
