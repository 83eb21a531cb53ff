"""Bundles over the air: a device fetches what its fleet is offered, tries it, and goes back when it is no good.

offer: which bundle is meant for which share of the devices; `package`: a bundle's folder as one file.
fetch: the signed repository, by The Update Framework (extra `fleet`).
golden: the self-test; `shelf`: what is held and what is current, in one file that is replaced in one step.
update: one update from end to end; `follow`: the app reads with what is current, and judges it.
"""
