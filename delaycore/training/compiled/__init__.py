"""The inner loops of training, compiled: events through delayed synapses, and neurons over all steps."""
