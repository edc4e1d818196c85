"""Raw data as ``catalog.yml`` describes them, opened lazily and brought into one shape."""
