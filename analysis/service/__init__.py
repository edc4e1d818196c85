"""Running Qazcube: the page server, the demo's cubes, the check of an installation."""
