# tegum: one `snakemake` rebuilds every result. The studies are the files params/*.yaml.
#
#   snakemake                      everything, at laptop scale
#   snakemake monosemanticity      one study
#   snakemake --config scale=paper device=cuda
#   snakemake --config fresh=true  all rows anew, and how they differ from those that are known
import os
import sys

from snakemake.utils import min_version

min_version("9.13")

# The code of this folder, also for jobs, whichever clone the environment was made in. The logger,
# which Snakemake imports before it reads this, may have brought that clone's.
sys.path.insert(0, os.path.join(workflow.basedir, "src"))
loaded = sys.modules.get("tegum")
if loaded and not loaded.__file__.startswith(sys.path[0] + os.sep):
    for name in [n for n in sys.modules if n.partition(".")[0] == "tegum"]:
        del sys.modules[name]
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [sys.path[0], os.environ.get("PYTHONPATH")])
)

from tegum.build import captions, console
from tegum.build.recipes import METRICS
from tegum.build.workflow import prepare, serve_jobs, unhurried

PROJECT = prepare(config, main=workflow.is_main_process)
serve_jobs(workflow, starting=False)
SCALE, DEVICE = PROJECT.scale, PROJECT.device
DATA, RESULTS = PROJECT.layout.under("data"), PROJECT.layout.under("results")


report: "workflow/report/workflow.rst"


wildcard_constraints:
    study="|".join(PROJECT.studies) or "none",
    sweep="[a-z][a-z0-9_]*",
    bucket="[A-Za-z0-9.=_-]+",


localrules:
    all,


rule all:
    default_target: True
    input:
        [PROJECT.targets(s) for s in PROJECT.studies],
        PROJECT.layout.ledger(),


include: "workflow/rules/common.smk"
include: "workflow/rules/rows.smk"
include: "workflow/rules/measure.smk"
include: "workflow/rules/render.smk"


onstart:
    unhurried(workflow)
    PROJECT.remember_rows()
    console.announce(workflow, PROJECT)
    serve_jobs(workflow, starting=True)


onsuccess:
    PROJECT.tell()


onerror:
    PROJECT.tell()
