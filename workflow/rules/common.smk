# What the rules know: files and canonical parameters, as functions of the wildcards.

STAGE = f"{{sys.executable:q}} -m tegum.build.forkserver"
ONLY = "" if PROJECT.published is None else "--published "
OPTIONS = f"--scale {SCALE} --device {DEVICE} {ONLY}--log {{log:q}}"


def job_of(wildcards, stage):
    return PROJECT.job(wildcards.study, stage, wildcards.sweep, wildcards.bucket)


def rows_in(stage):
    def files(wildcards):
        return PROJECT.job_inputs(job_of(wildcards, stage))

    return files


def twins(stage):
    # 1 for a job that makes the rows of another sweep: the profile lets one of them run at a time.
    def count(wildcards):
        return int(PROJECT.has_twin(job_of(wildcards, stage)))

    return count


def job_param(stage, name):
    def value(wildcards):
        return job_of(wildcards, stage).summary()[name]

    return value


def job_code(stage):
    def value(wildcards):
        return job_of(wildcards, stage).code

    return value


def job_digest(stage):
    def value(wildcards):
        return job_of(wildcards, stage).digest

    return value


for study in PROJECT.studies:

    rule:
        name:
            study
        input:
            PROJECT.targets(study),
        localrule: True
