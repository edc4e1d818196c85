"""The sources page: every source of data, where and when it has data, and what of it is here."""

from apps.views.frame import install, session
from apps.views.sources.page import sources_page

visit = session()
install(visit)
sources_page(visit).servable(title=visit._("Sources"))
