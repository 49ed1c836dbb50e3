"""What every page stands on: the session behind a cookie, forms that are ours, templates, assets, refusals as words.

``page.Page`` is what a page's function is given; ``app.portals`` tells how to write one.
"""
