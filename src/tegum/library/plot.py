"""`tegum.plot`: the figures of the studies, as functions of a labelled Dataset.

Each returns a HoloViews object: shown by a notebook, saved with `save`, laid side by side with `+`.
Axis labels come from `long_name` and `units`. Options that all have are those of `Look`: `title`,
`logx`, `logy`, `xlim`, `ylim`, `legend`, `labels`, `control`, `colours`, `markers`.
"""
