"""Several regions of one sample fitted as one model: what they share, and what ties them."""

from .fit import fit_joint
from .recipe import JointRecipe, read_joint_recipe, to_joint_toml
from .result import JointFit

__all__ = ["JointFit", "JointRecipe", "fit_joint", "read_joint_recipe", "to_joint_toml"]
