"""The live page: what the app sees, in a browser; and what a viewer may change. It needs the extra `web`.

pictures, state, metrics: what is made of it for people, pages and Prometheus.
live: one run with its settings and corrections (`feedback`).
page: what each address answers; guard, access: to whom.
server: a thread that serves it, or another site of ours; `output` makes it an output of the app.
"""
