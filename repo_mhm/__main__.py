"""`python -m repo_mhm` is `repo-mhm`."""

from repo_mhm.cli import main

main()
