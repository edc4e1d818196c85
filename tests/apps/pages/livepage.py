"""A page with nothing but the live panel, in a hurry: for tests only."""

import os

import pandas as pd

from apps.views.earthquakes import feeds, live
from apps.views.earthquakes.selection import Selection
from apps.views.earthquakes.state import QuakeState
from apps.views.frame import frame, install, session

feeds.EVERY, live.BEAT = 1.0, 1
feeds.STALE = live.STALE = pd.Timedelta(seconds=8)
visit = session()
install(visit)
panel = live.LivePanel(visit, Selection(QuakeState()), base_url=os.environ["LIVE_FEED"])
frame(visit, page="livepage", title="Live", main=panel.view).servable(title="Live")
