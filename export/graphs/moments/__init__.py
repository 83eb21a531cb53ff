"""Writes a posterior down as one deterministic pass of means and variances.

Mean and variance of every value travel through the network, and the class probabilities come from the Gaussian of the
logits, at fixed points. Frey and Hinton 1999 (Variational learning in nonlinear Gaussian belief networks) and Roth et
al. 2016 carry moments through layers likewise.
"""
