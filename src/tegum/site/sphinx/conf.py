"""How Sphinx makes HTML of the pages under `.tegum/site/source`: `tegum.site.build` calls it."""

project = "tegum"
author = "The tegum authors"
copyright = author
extensions = ["myst_parser"]
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]

html_theme = "furo"
html_title = "tegum"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = [("ledger.js", {"defer": "defer"})]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_search_summary = False  # needs a server
html_use_index = False
html_domain_indices = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
html_theme_options = {
    "light_css_variables": {
        "font-stack": "system-ui, sans-serif",
        "color-brand-primary": "#0b5394",
        "color-brand-content": "#0b5394",
        "color-brand-visited": "#5b3a8c",
    },
    "dark_css_variables": {
        "color-brand-primary": "#8ab8e8",
        "color-brand-content": "#8ab8e8",
        "color-brand-visited": "#c3a5ec",
    },
}
