"""The explorer page: a grid on the map, a click, the history of the cell."""

from apps.views.explorer import Explorer
from apps.views.frame import frame, install, session

visit = session()
install(visit)
_ = visit._
explorer = Explorer(visit)
page = frame(
    visit,
    page="explorer",
    title=_("Explorer"),
    main=explorer.main(),
    drawer=[explorer.controls.panel],
    status=explorer.status,
    search=explorer.search(),
    skip=_("Skip to the map"),
)
explorer.follow_theme(page)
page.servable(title=_("Explorer"))
