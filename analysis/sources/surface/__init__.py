"""Land surface as its providers deliver it: temperature, radiation, vegetation, scenes."""
