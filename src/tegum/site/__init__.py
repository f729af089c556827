"""The results and the docs as static pages that work offline and on any host.

`build.build` writes Markdown pages and files under `.tegum/site`, from the claims, figures and
parameters that are there, and lets Sphinx make HTML of them. Nothing is computed, and torch is not
needed.
"""
