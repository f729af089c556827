rule control:
    # The study's own fit and measure functions on each control.
    input:
        rows_in("control"),
    output:
        rows=f"{DATA}/{{study}}/control/{{sweep}}/{{bucket}}.nc",
        manifest=f"{DATA}/{{study}}/control/{{sweep}}/{{bucket}}.keys.json",
    log:
        f"logs/{SCALE}/{{study}}/control/{{sweep}}/{{bucket}}.json",
    resources:
        twins=twins("control"),
    params:
        cells=job_param("control", "cells"),
        fixed=job_param("control", "fixed"),
        code=job_code("control"),
        digest=job_digest("control"),
    shell:
        STAGE + " row {wildcards.study:q} control {wildcards.sweep:q} {wildcards.bucket:q}"
        " --expect {params.digest} " + OPTIONS
