rule fit:
    # Dictionaries, probes and sparse codes on the models of one bucket.
    input:
        rows_in("fit"),
    output:
        rows=f"{DATA}/{{study}}/fit/{{sweep}}/{{bucket}}.nc",
        manifest=f"{DATA}/{{study}}/fit/{{sweep}}/{{bucket}}.keys.json",
    log:
        f"logs/{SCALE}/{{study}}/fit/{{sweep}}/{{bucket}}.json",
    resources:
        twins=twins("fit"),
    params:
        cells=job_param("fit", "cells"),
        fixed=job_param("fit", "fixed"),
        code=job_code("fit"),
        digest=job_digest("fit"),
    shell:
        STAGE + " row {wildcards.study:q} fit {wildcards.sweep:q} {wildcards.bucket:q}"
        " --expect {params.digest} " + OPTIONS
