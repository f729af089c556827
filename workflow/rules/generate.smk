rule generate:
    # Features, embeddings, corpora, contrast pairs, with their ground truth.
    input:
        rows_in("generate"),
    output:
        rows=f"{DATA}/{{study}}/generate/{{sweep}}/{{bucket}}.nc",
        manifest=f"{DATA}/{{study}}/generate/{{sweep}}/{{bucket}}.keys.json",
    log:
        f"logs/{SCALE}/{{study}}/generate/{{sweep}}/{{bucket}}.json",
    resources:
        twins=twins("generate"),
    params:
        cells=job_param("generate", "cells"),
        fixed=job_param("generate", "fixed"),
        code=job_code("generate"),
        digest=job_digest("generate"),
    shell:
        STAGE + " row {wildcards.study:q} generate {wildcards.sweep:q} {wildcards.bucket:q}"
        " --expect {params.digest} " + OPTIONS
