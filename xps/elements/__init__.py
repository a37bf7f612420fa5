"""How the elements of a survey are told: what :func:`xps.survey` is made of.

``trace`` takes the numbers, ``peaks`` finds what stands above the background, ``lines`` says what
elements would show, ``identify`` decides, ``scale`` finds the charge shift, ``amounts`` gives
fractions and limits, ``overlaps`` what fits of core levels must respect, ``plot`` the figure.
"""
