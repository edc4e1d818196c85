"""Steps that build the packaged starter data (run by ``scripts/build_starter.py``)."""
