"""How the elements of a survey are told: what :func:`xps.survey` is made of.

``trace`` takes the numbers, ``peaks`` finds what stands above the background, ``lines`` says what
elements would show, ``scene`` holds what is known so far, ``evidence`` looks for an element's
lines, ``claims`` says what an accepted element explains, ``identify`` accepts one after the other,
``scale`` finds the charge shift, ``amounts`` gives fractions and limits, ``verdict`` what is said
of each element, ``overlaps`` what fits of core levels must respect, ``findings`` what is to be
reviewed, ``plot`` the figure.
"""
