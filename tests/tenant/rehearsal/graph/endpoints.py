# SPDX-License-Identifier: Apache-2.0
"""All modules with endpoints of Graph: importing this one registers them."""
from . import (applications, consents, deleted, delta, entitlement, governance, groups, invitations, logs, memberships,
               pim, policies, principals, reviews, users)

ALL = (applications, consents, deleted, delta, entitlement, governance, groups, invitations, logs, memberships, pim,
       policies, principals, reviews, users)
