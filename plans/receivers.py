"""Hears that an assessment was scored and has the worker draft its plans."""
