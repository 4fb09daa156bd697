"""Tests of the worker: `python3 -m unittest` in the folder above. What needs packages is skipped where they are missing."""
