"""The XPS view: fitting by hand and eye."""
