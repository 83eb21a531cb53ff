"""The live page: what the app sees, in a browser; and what a viewer may change. It needs the extra `web`.

pictures, state, metrics: what is made of it for people, pages and Prometheus.
live: one run with its settings and corrections (`feedback`).
page, access: what each address answers, and to whom.
server: a thread that serves it; `output` makes it an output of the app.
"""
