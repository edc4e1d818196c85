"""A page with one of each widget, in the frame; for tests only."""

from datetime import date

import numpy as np
import panel as pn
import panel_material_ui as pmui
from bokeh.plotting import figure

from apps.views.frame import frame, install, session
from apps.views.notices import empty, failed, loading, stale

visit = session()
install(visit)
rng = np.random.default_rng(1)
chart = figure(
    sizing_mode="stretch_both", min_height=200, tools="pan,wheel_zoom,box_zoom,reset,save,hover"
)
chart.scatter(rng.random(40), rng.random(40))


def fail(_event: object) -> None:
    raise ValueError("longitude is <999>; allowed: -180 to 180")


wide = {"sizing_mode": "stretch_width"}
chosen = pmui.Select(label="Variable", options=["gravity", "temperature", "vegetation"], **wide)
echo = pn.pane.HTML("<p class='echo'>gravity</p>")
chosen.param.watch(
    lambda event: setattr(echo, "object", f"<p class='echo'>{event.new}</p>"), "value"
)
drawer = [
    chosen,
    echo,
    pmui.FloatInput(label="Longitude", value=3.0, **wide),
    pmui.FloatSlider(label="Opacity", start=0, end=1, **wide),
    pmui.DateRangePicker(label="Period", value=(date(1976, 1, 5), date(1976, 1, 9)), **wide),
    pmui.ToggleIcon(icon="play_arrow", active_icon="pause", description="Play", value=False),
    pmui.Switch(label="Plates", description="Boundaries of plates"),
    pmui.Checkbox(label="Real"),
    pmui.Button(label="Fail", on_click=fail, **wide),
]
notices = pn.Column(
    empty(visit),
    loading(visit),
    stale(visit, "2026-01-02T03:04"),
    failed(visit, ValueError("latitude is 91")),
    **wide,
)
search = pmui.AutocompleteInput(
    options=["Almaty", "Astana"], placeholder="Find a place", size="small", margin=0, **wide
)
frame(
    visit,
    page="sample",
    title="Sample",
    main=pn.Column(notices, pn.pane.Bokeh(chart, sizing_mode="stretch_both"), margin=0, **wide),
    drawer=drawer,
    context=[pmui.Typography("Details of the cell")],
    status="Gravity (simulated), January 2002 – December 2020",
    search=search,
).servable(title="Sample · Qazcube")
