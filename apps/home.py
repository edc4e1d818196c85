"""Home page: what Qazcube is, the way into it, and the data at hand."""

from apps.views.frame import frame, session
from apps.views.home import home

visit = session()
frame(visit, page="home", title=visit._("Home"), main=home(visit)).servable(title="Qazcube")
