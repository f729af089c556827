def sweep_rows(wildcards):
    return PROJECT.sweep_inputs(wildcards.study, wildcards.sweep)


def sweep_param(name):
    def value(wildcards):
        return PROJECT.sweep_summary(wildcards.study, wildcards.sweep)[name]

    return value


def claims_code(wildcards):
    return PROJECT.code[wildcards.study]["claims"]


def sweep_datasets(wildcards):
    return PROJECT.measured(wildcards.study)


rule measure:
    # One labelled Dataset per sweep.
    input:
        sweep_rows,
    output:
        f"{DATA}/{{study}}/measure/{{sweep}}.nc",
    log:
        f"logs/{SCALE}/{{study}}/measure/{{sweep}}.json",
    params:
        axes=sweep_param("axes"),
        fixed=sweep_param("fixed"),
        code=sweep_param("code"),
        inputs=sweep_param("inputs"),
    shell:
        STAGE + " measure {wildcards.study:q} {wildcards.sweep:q} " + OPTIONS


rule judge:
    # Claims with their verdicts, and their estimates as metrics.
    input:
        sweep_datasets,
    output:
        claims=report(
            f"{RESULTS}/{{study}}/claims.json",
            caption="../report/claims.rst",
            category="{study}",
            subcategory="claims",
            labels={"figure": "claims"},
        ),
        metrics=f"{RESULTS}/{{study}}/metrics.json",
    log:
        f"logs/{SCALE}/{{study}}/judge.json",
    params:
        code=claims_code,
        metrics=METRICS,
    shell:
        STAGE + " judge {wildcards.study:q} " + OPTIONS


rule ledger:
    # All claims of all studies.
    input:
        PROJECT.claims_files(),
    output:
        report(
            PROJECT.layout.ledger(),
            caption="../report/ledger.rst",
            category="ledger",
            labels={"figure": "all claims"},
        ),
    log:
        f"logs/{SCALE}/ledger.json",
    shell:
        STAGE + " ledger " + OPTIONS
