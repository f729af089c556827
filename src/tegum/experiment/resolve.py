"""The section of a stage at one point of a sweep: the file's, the sweep's, then the axis values."""

from collections.abc import Mapping

from tegum.experiment.params import ROW_STAGES, Section, StudyParams, Sweep, Value, overlay


def kinds_in(params: StudyParams, sweep: Sweep, stage: str) -> list[str]:
    """The kinds that a stage has in a sweep: several where the tag is an axis."""
    found = params.kinds(stage)
    if not found.tag:
        return [found.first]
    if found.tag in sweep.axes:
        tags = sweep.axes[found.tag]
        return list(dict.fromkeys(found.tags[v] for v in tags if v in found.tags))
    said = getattr(sweep, stage, {}).get(found.tag)
    if said in found.tags:
        return [found.tags[said]]
    if sweep.kind in found.classes:
        return [str(sweep.kind)]
    for other in reversed(read_by(params, sweep, stage)):
        above = kinds_in(params, sweep, other)
        if len(above) == 1 and above[0] in found.classes:
            return above
    return [found.tags.get(params.pool(stage).get(found.tag), found.first)]


def read_by(params: StudyParams, sweep: Sweep, stage: str) -> list[str]:
    """The row stages that a stage reads in a sweep, which may go through some only."""
    wanted = sweep.stages
    return [s for s in params.CHAIN.get(stage, ()) if wanted is None or s in wanted]


def section(params: StudyParams, sweep: Sweep, stage: str, axes: Mapping[str, Value]) -> Section:
    """The validated section of `stage` at the axis values `axes`, as a cell has it."""
    found = params.kinds(stage)
    if found.tag in axes:
        kind = found.tags[axes[str(found.tag)]]
    else:
        kind = kinds_in(params, sweep, stage)[0]
    chosen = found.classes[kind]
    known = chosen.model_fields
    over = getattr(sweep, stage, {})
    if found.tag:
        over = {k: v for k, v in over.items() if k in known}
    values = overlay(params.base(stage, kind), over)
    values |= {a: v for a, v in axes.items() if a in known}
    if found.tag and found.tags.get(values.get(found.tag)) != kind:
        values[found.tag] = found.tag_of(kind)
    return chosen.model_validate(values).resolved()


def axis_names(params: StudyParams) -> set[str]:
    """What may be an axis: a parameter of some stage, or `seed`."""
    return {"seed"}.union(*(params.kinds(s).fields() for s in params.CHAIN))


def row_stages(params: StudyParams) -> list[str]:
    """The stages of a study that write rows, in the order of the chain."""
    return [s for s in params.CHAIN if s in ROW_STAGES]
