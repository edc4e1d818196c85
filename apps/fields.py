"""The fields page: the growing season of farms, districts and oblasts against other years."""

from apps.views.fields.page import fields_page
from apps.views.frame import install, session

visit = session()
install(visit)
fields_page(visit).servable(title=visit._("Fields"))
