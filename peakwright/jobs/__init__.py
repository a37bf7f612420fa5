"""Jobs: what is done to one measurement, whoever asks for it.

A job is a recipe of some technique, ready to be applied to a file; done, it has the document, the
rows and the figures of its result. The command line, the browser, a batch and a rerun all go
through here, which is why they give the same bytes.

=================================  =====================================  =======================
schema of the recipe               job                                    as the command
=================================  =====================================  =======================
``peakwright.xps.recipe/1``        :class:`.xps.fit.FitJob`               ``xps fit``
``peakwright.xrd.recipe/1``        :class:`.xrd.check.CheckJob`           ``xrd check``
``peakwright.tofsims.recipe/1``    :class:`.tofsims.profile.ProfileJob`   ``tofsims profile``
=================================  =====================================  =======================
"""

from __future__ import annotations

from .job import Done, Job, no_progress, read_job

__all__ = ["Done", "Job", "no_progress", "read_job"]
