"""Training for a chip, through the public interface of its backend: forward passes on its arithmetic,
budgets.
"""
