"""Survey spectra: which elements, how much of each, what overlaps.

``trace`` takes the numbers, ``peaks`` finds what stands above the background, ``lines`` says what
elements would show, ``elements`` decides, ``scale`` finds the charge shift, ``amounts`` gives
fractions and limits, ``overlaps`` what the core levels' fits must respect.
"""

from __future__ import annotations

from .result import ElementFound, Standing, Survey
from .survey import HOUSE, survey
from .trace import SurveyError

__all__ = ["HOUSE", "ElementFound", "Standing", "Survey", "SurveyError", "survey"]
