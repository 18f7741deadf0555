"""Trainable neurons: their kinds, all steps in one pass forwards and backwards, surrogates, loops."""
