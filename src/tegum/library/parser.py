"""The parser of the command `tegum`: examples, and what was meant by a word that is none."""

import argparse
import difflib
import re
from typing import NoReturn

EXAMPLES = """examples:
  tegum list                             the studies, and how their claims stand
  tegum claims packing                   claims with verdicts, estimates and intervals
  tegum open packing energy              a labelled Dataset, here or of any --rev and --repo
  tegum why packing                      what snakemake would run, and why
  tegum cost --scale paper               hours, memory and disk of a build, before it starts
  tegum compare packing HEAD             what differs from the last commit
  tegum refit real_dictionaries outputs seed=0 --out saes
  tegum controls model.npz               is it the model's, or only the data's?
  tegum activations smollm2-135m-instruct text.txt --layer 15 --out acts

From Python: import tegum; tegum.open("packing", "energy"); see docs/python.md
"""


class Parser(argparse.ArgumentParser):
    """A parser that says which verb was meant."""

    def error(self, message: str) -> NoReturn:
        wrong = re.search("invalid choice: '(.*?)' \\(choose from (.*)\\)", message)
        if wrong:
            known = re.findall(r"[\w-]+", wrong[2])
            close = difflib.get_close_matches(wrong[1], known, n=1)
            meant = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
            message = f"no {wrong[1]!r}: {meant}"
        super().error(message)
