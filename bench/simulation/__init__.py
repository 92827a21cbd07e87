"""Simulated organisations whose truth is known; docs/scoring.md says how they are made."""
