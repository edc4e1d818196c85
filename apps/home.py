"""Home page: what Qazcube is, the way into it, and the data at hand."""

from apps.views.frame import frame, session
from apps.views.home import home
from apps.views.notices import attempt

visit = session()
content = attempt(visit, lambda: home(visit))
frame(visit, page="home", title=visit._("Home"), main=content).servable(title="Qazcube")
