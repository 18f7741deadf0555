"""Trainable synapses: weights, delays learned by weight or by position, how neurons are wired, and what
pruning leaves.
"""
