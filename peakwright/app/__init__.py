"""The browser app: one page, one view a technique, no science of its own.

``server`` serves the page on this machine alone, ``page`` makes it, ``opened`` says what the files
are, ``worker`` keeps what takes time off the event loop. A view is a package with a ``view``
module: ``build(path, registry, worker, doc)`` gives the Bokeh layout of one file.
"""
