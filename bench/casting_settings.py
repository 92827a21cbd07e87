"""Settings of the casting bench: the product's own, with the floor beside its addresses."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.casting_floor"
