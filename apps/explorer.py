"""The explorer page: a grid on the map, a click, the history of the cell."""

from apps.views.explorer import explorer_page
from apps.views.frame import install, session

visit = session()
install(visit)
explorer_page(visit).servable(title=visit._("Explorer"))
