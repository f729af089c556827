# The rows of one bucket, by stage; a control runs the study's own fit and measure functions.
for stage in ("generate", "train", "fit", "control"):

    rule:
        name:
            stage
        input:
            rows_in(stage),
        output:
            rows=f"{DATA}/{{study}}/{stage}/{{sweep}}/{{bucket}}.nc",
            manifest=f"{DATA}/{{study}}/{stage}/{{sweep}}/{{bucket}}.keys.json",
        log:
            f"logs/{SCALE}/{{study}}/{stage}/{{sweep}}/{{bucket}}.json",
        resources:
            twins=twins(stage),
            gres="gpu:1" if DEVICE == "cuda" else "",
        params:
            cells=job_param(stage, "cells"),
            fixed=job_param(stage, "fixed"),
            code=job_code(stage),
            digest=job_digest(stage),
        shell:
            STAGE + " row {wildcards.study:q} {rule} {wildcards.sweep:q} {wildcards.bucket:q}"
            " --expect {params.digest} " + OPTIONS
