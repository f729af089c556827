# Every figure of a study as SVG, PNG and interactive HTML, in one process.


def in_report(study, file):
    # The SVGs are what `snakemake --report` shows.
    shown = captions.shown(PROJECT, study, file)
    return report(file, **shown) if shown else file


def drawn_from(study):
    # Asked when the rule is: a job on a cluster reads the parameters of its own study only.
    def files(wildcards):
        return [*PROJECT.measured(study), PROJECT.layout.results(study, "claims")]

    return files


for study in filter(PROJECT.figure_files, PROJECT.studies):

    rule:
        name:
            f"render_{study}"
        input:
            drawn_from(study),
        output:
            [in_report(study, f) for f in PROJECT.figure_files(study)],
        log:
            f"logs/{SCALE}/{study}/render.json",
        params:
            code=PROJECT.code[study]["figures"],
            study=study,
        shell:
            STAGE + " render {params.study:q} " + OPTIONS
