"""The forecast page: models and baselines compared, their maps, a cell explained."""

from apps.views.forecast.page import forecast_page
from apps.views.frame import install, session

visit = session()
install(visit)
forecast_page(visit).servable(title=visit._("Forecasts"))
