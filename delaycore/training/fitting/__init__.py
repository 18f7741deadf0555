"""Fitting a network: epochs, batches, checkpoints, several processes, and what stops a fit."""
