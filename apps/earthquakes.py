"""The earthquakes page: which events, where, when, how large, and what their numbers say."""

from apps.views.earthquakes.page import earthquakes_page
from apps.views.frame import install, session

visit = session()
install(visit)
earthquakes_page(visit).servable(title=visit._("Earthquakes"))
