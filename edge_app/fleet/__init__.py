"""The fleet's page: every device that tells a broker of itself, in one list. It needs the extras `web` and `mqtt`.

devices: what is known of each; `listener`: hears it from the broker, and tells them something back.
site: the page's addresses, for the server of `edge_app.web`.
"""
