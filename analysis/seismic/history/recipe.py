"""How the features of a record of events are made, and what they are called."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from analysis.features.derivatives import length_in_days
from analysis.features.tablewindows import as_text
from analysis.spelling import did_you_mean

Titles = dict[str, str]


@dataclass(frozen=True)
class Recipe:
    """Settings of the features; lengths of time as text, so that they can be written down.

    Attributes
    ----------
    history
        How far back events count.
    recent
        How far back they count as recent.
    magnitude
        Magnitude of the target, for the features of events as large.
    rings_km
        Outer radii of the rings round the middle of a cell, km.
    width_km
        Width of the Gaussian kernel of the long-term rates, km.
    b_events, b_radius_km, b_refresh
        Events nearest to a cell that make a b-value, how far they may be, and how often it is
        made anew (it then stays until the next time).
    link
        log10(eta) below which an event is linked to an earlier one (Zaliapin and Ben-Zion).
    delay
        How long after it happened an event becomes known, or None.
    """

    history: str = "180D"
    recent: str = "30D"
    magnitude: float = 5.0
    rings_km: tuple[float, ...] = (50.0, 100.0, 300.0)
    width_km: float = 50.0
    b_events: int = 50
    b_radius_km: float = 300.0
    b_refresh: str = "360D"
    link: float = -5.0
    delay: str | None = None

    def __post_init__(self) -> None:
        radii = tuple(float(one) for one in self.rings_km)
        object.__setattr__(self, "rings_km", radii)
        ascending = all(a < b for a, b in zip((0.0, *radii), radii, strict=False))
        if not radii or not ascending or not radii[-1] <= 20_100:
            raise ValueError(f"rings_km={self.rings_km}; give ascending radii up to 20,100 km.")
        if not 0 < self.width_km < 5000:
            raise ValueError(f"width_km={self.width_km}; give a width above 0 and below 5000 km.")
        if not math.isfinite(self.link):
            raise ValueError(f"link={self.link}; give log10(eta), such as -5.")
        for name in ("history", "recent", "b_refresh", "delay"):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, as_text(given, name))
        back = length_in_days(self.history, "history")
        if length_in_days(self.recent, "recent") > back:
            object.__setattr__(self, "recent", self.history)
        if self.delay is not None and length_in_days(self.delay, "delay") >= back:
            raise ValueError(f"The delay {self.delay} is not shorter than the history {back:g}D.")

    def written(self) -> dict[str, Any]:
        """Return the settings as numbers and texts, by name."""
        return asdict(self) | {"rings_km": list(self.rings_km)}


def feature_names(recipe: Recipe) -> dict[str, tuple[str, Titles]]:
    """Return units and titles of all features, by name.

    Parameters
    ----------
    recipe
        Settings.

    Returns
    -------
    dict
        Name to units and titles (kk, ru, en).
    """
    days = f"{length_in_days(recipe.history, 'history'):g}"
    short = f"{length_in_days(recipe.recent, 'recent'):g}"
    big = f"{recipe.magnitude:g}"
    found: dict[str, tuple[str, Titles]] = {
        "count": ("1", _titles(f"Оқиғалар саны, {days} күн", f"Число событий, {days} сут",
                               f"Number of events, {days} days")),
        "count_recent": ("1", _titles(f"Оқиғалар саны, {short} күн", f"Число событий, {short} сут",
                                      f"Number of events, {short} days")),
        "largest_magnitude": ("1", _titles("Ең үлкен магнитуда", "Наибольшая магнитуда",
                                           "Largest magnitude")),
        "mean_magnitude": ("1", _titles("Орташа магнитуда", "Средняя магнитуда",
                                        "Mean magnitude")),
        "log10_energy": ("log10(J)", _titles("Бөлінген энергия логарифмі",
                                             "Логарифм выделенной энергии",
                                             "Logarithm of released energy")),
        "energy_rate": ("log10(J/day)", _titles(
            f"Энергия бөліну қарқыны, {short} күн", f"Скорость выделения энергии, {short} сут",
            f"Rate of energy release, {short} days")),
        "days_since_last": ("day", _titles("Соңғы оқиғадан бері", "Время с последнего события",
                                           "Time since the last event")),
        "days_since_target": ("day", _titles(
            f"M ≥ {big} соңғы оқиғадан бері", f"Время с последнего события M ≥ {big}",
            f"Time since the last event of M ≥ {big}")),
    }  # fmt: skip
    inner = 0.0
    for outer in recipe.rings_km:
        far = f"{inner:g}–{outer:g}"
        found[f"count_{inner:g}_{outer:g}_km"] = ("1", _titles(
            f"{far} км қашықтықтағы оқиғалар саны", f"Число событий на расстоянии {far} км",
            f"Number of events {far} km away"))  # fmt: skip
        inner = outer
    near = f"{recipe.rings_km[0]:g}"
    found[f"count_recent_{near}_km"] = ("1", _titles(
        f"{near} км ішіндегі оқиғалар, {short} күн", f"Число событий ближе {near} км, {short} сут",
        f"Number of events within {near} km, {short} days"))  # fmt: skip
    far = f"{recipe.rings_km[-1]:g}"
    found[f"clustered_share_{far}_km"] = ("1", _titles(
        f"{far} км ішіндегі шоғырланған оқиғалар үлесі",
        f"Доля связанных в группы событий ближе {far} км",
        f"Share of clustered events within {far} km"))  # fmt: skip
    found[f"mean_log_eta_{far}_km"] = ("log10(year km^1.6)", _titles(
        f"{far} км ішіндегі ең жақын бұрынғы оқиғаға жақындық",
        f"Близость к ближайшему прежнему событию, до {far} км",
        f"Nearness to the nearest earlier event, within {far} km"))  # fmt: skip
    found |= {
        "long_rate": ("log10(1/year)", _titles("Ұзақ мерзімді жиілік", "Многолетняя частота",
                                               "Long-term rate")),
        "long_rate_target": ("log10(1/year)", _titles(
            f"M ≥ {big} ұзақ мерзімді жиілігі", f"Многолетняя частота M ≥ {big}",
            f"Long-term rate of M ≥ {big}")),
        "b_value": ("1", _titles("b мәні", "Значение b", "b-value")),
        "b_std": ("1", _titles("b мәнінің қателігі", "Погрешность b", "Error of the b-value")),
        "b_n": ("1", _titles("b мәніне алынған оқиғалар саны", "Число событий для b",
                             "Events used for the b-value")),
    }  # fmt: skip
    return found


def choose(features: Any, known: Any) -> list[str]:
    """Return the names of the wanted features, in the order of the known ones.

    Parameters
    ----------
    features
        Names, or None for all.
    known
        All names.

    Returns
    -------
    list of str
        Names.

    Raises
    ------
    ValueError
        A name is unknown.
    """
    names = [str(one) for one in known]
    if features is None:
        return names
    wanted = [features] if isinstance(features, str) else [str(one) for one in features]
    for one in wanted:
        if one not in names:
            raise ValueError(f"There is no feature {one!r}. {did_you_mean(one, names)}")
    if not wanted:
        raise ValueError("No feature is named; leave features out to have all.")
    return [one for one in names if one in wanted]


def _titles(kk: str, ru: str, en: str) -> Titles:
    return {"kk": kk, "ru": ru, "en": en}
