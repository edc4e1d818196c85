"""Mass on the Earth from the gravity measured by GRACE and GRACE-FO, as equivalent water height."""
