# SPDX-License-Identifier: Apache-2.0
"""The product of weather and phase: kinds of weather, what is expected of each cell, and how a cell is walked."""
