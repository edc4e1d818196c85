"""The land-cover page: classifiers of three families, judged honestly, and their maps."""

from apps.views.frame import install, session
from apps.views.landcover.page import landcover_page

visit = session()
install(visit)
landcover_page(visit).servable(title=visit._("Land cover"))
