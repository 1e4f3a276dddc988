#!/usr/bin/env bash
# What the emulated machine runs, as root in its copy of the project. The packages of its lockfile are there.
set -euo pipefail
exec tsx tests/layers.ts machine
