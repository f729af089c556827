rule train:
    # Train the cells of one bucket as one ensemble.
    input:
        rows_in("train"),
    output:
        rows=f"{DATA}/{{study}}/train/{{sweep}}/{{bucket}}.nc",
        manifest=f"{DATA}/{{study}}/train/{{sweep}}/{{bucket}}.keys.json",
    log:
        f"logs/{SCALE}/{{study}}/train/{{sweep}}/{{bucket}}.json",
    resources:
        twins=twins("train"),
    params:
        cells=job_param("train", "cells"),
        fixed=job_param("train", "fixed"),
        code=job_code("train"),
        digest=job_digest("train"),
    shell:
        STAGE + " row {wildcards.study:q} train {wildcards.sweep:q} {wildcards.bucket:q}"
        " --expect {params.digest} " + OPTIONS
