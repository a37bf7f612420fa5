"""One rule a file: ``NAME``, and ``check(fit, registry)`` or ``review(claims, registry)``.

Both yield findings: the one of a live fit, the other of what somebody states (:mod:`xps.claims`).

Each file says what triggers it, its threshold, its severity and where the threshold comes from.
"""
