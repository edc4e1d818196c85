"""Names of the features that some settings make, known before any of them is computed."""

from __future__ import annotations

from analysis.features.conditions import parse_conditions
from analysis.seismic.forecasting.choices import CATALOGUE, STATIC, Settings
from analysis.seismic.forecasting.grids import KINDS, feature_of, source_variables
from analysis.seismic.forecasting.relations import correlated_names
from analysis.seismic.forecasting.rows import RATE_FEATURES
from analysis.seismic.history.recipe import Recipe, feature_names
from analysis.spelling import did_you_mean


def names_of(settings: Settings) -> list[str]:
    """Return the names of the features of the settings, in the order of the table.

    Parameters
    ----------
    settings
        Groups, relations and components.

    Returns
    -------
    list of str
        Names. There are fewer components where fewer features change.

    Examples
    --------
    >>> names = names_of(Settings(features=("static", "gravity_simulated"), components=1))
    >>> names[0], names[1], names[-1]
    ('elevation', 'lwe_thickness', 'component_1')
    """
    relations = [f"relation_{number}" for number in range(1, len(settings.relations) + 1)]
    components = [f"component_{number}" for number in range(1, settings.components + 1)]
    return [*_plain_names(settings), *relations, *components]


def check_names(settings: Settings) -> None:
    """Refuse features to learn from, and features in relations, that will not be there.

    Parameters
    ----------
    settings
        Groups of features, `only`, relations.

    Raises
    ------
    ValueError
        A name is unknown; the message proposes one.
    """
    known = names_of(settings)
    for name in settings.only:
        if name not in known:
            raise ValueError(
                f"There is no feature {name!r} to learn from. {did_you_mean(name, known)}"
            )
    variables = [own.lower() for _source, _name, own in source_variables(settings)]
    there = [*_plain_names(settings), *_rates(settings)]
    for number, text in enumerate(settings.relations, 1):
        pair = correlated_names(text)
        for name in pair:
            if name not in variables:
                raise ValueError(
                    f"The relation {text!r} names {name!r}, which is no variable of a chosen "
                    f"source. {did_you_mean(name, variables)}"
                )
        if not pair:
            _check_condition(text, there)
        there.append(f"relation_{number}")


def _check_condition(text: str, known: list[str]) -> None:
    for one in parse_conditions(text):
        name = f"{one.variable}_z" if one.sigma else one.variable
        if name not in known:
            scored = [here.removesuffix("_z") for here in known if here.endswith("_z")]
            there = scored if one.sigma else known
            hint = did_you_mean(one.variable, there) if there else "No chosen feature has one."
            wanted = "feature with a Z-score" if one.sigma else "feature"
            raise ValueError(
                f"The relation {text!r} names {one.variable!r}, which is no {wanted}. {hint}"
            )


def _plain_names(settings: Settings) -> list[str]:
    """Return the features that are made of nothing but data."""
    found = []
    if CATALOGUE in settings.features:
        recipe = Recipe(history=settings.history, magnitude=settings.magnitude)
        found += list(feature_names(recipe))
        found += [f"{name}_rate" for name in RATE_FEATURES if name in settings.baselines]
    if STATIC in settings.features:
        found.append("elevation")
    for _source, _name, own in source_variables(settings):
        found += [feature_of(own, kind) for kind in KINDS]
    return found


def _rates(settings: Settings) -> list[str]:
    """Return the columns of rates that stand in both tables."""
    both = settings.learning_lattice == settings.lattice
    names = (
        settings.baselines
        if both
        else [name for name in RATE_FEATURES if name in settings.baselines]
    )
    return [f"rate_{name}" for name in names]
