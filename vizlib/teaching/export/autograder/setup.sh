#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image: what grading needs, and not vizlib itself, which a
# submission could read there. It lies in course/, where no submission sees it.
set -euo pipefail
apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends bubblewrap python3 python3-venv
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: choose a newer base image.")'
python3 -m venv /autograder/venv
/autograder/venv/bin/pip install --no-cache-dir -c /autograder/source/constraints.txt -r /autograder/source/needs.txt
