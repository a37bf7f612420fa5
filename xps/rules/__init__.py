"""One rule a file: ``NAME`` and ``check(fit, registry)``, which yields findings.

Each file says what triggers it, its threshold, its severity and where the threshold comes from.
"""
