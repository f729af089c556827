"""Where Snakemake looks for the logger `tegum`: it finds plugins by the names of their packages."""

from tegum.build.console import LogHandler

__all__ = ["LogHandler"]
