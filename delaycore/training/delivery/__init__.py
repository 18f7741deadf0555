"""How spikes get through delayed synapses, and gradients back: three ways that give the same, and the choice
among them.
"""
