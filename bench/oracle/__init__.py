"""The attacker who reads everything that is shown: make oracle."""
