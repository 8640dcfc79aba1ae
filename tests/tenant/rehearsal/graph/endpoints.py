# SPDX-License-Identifier: Apache-2.0
"""All modules with endpoints of Graph: importing this one registers them."""
from . import deleted, delta, governance, groups, invitations, logs, memberships, pim, policies, reviews, users

ALL = (deleted, delta, governance, groups, invitations, logs, memberships, pim, policies, reviews, users)
