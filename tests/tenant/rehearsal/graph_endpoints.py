# SPDX-License-Identifier: Apache-2.0
"""All modules with endpoints of Graph: importing this one registers them."""
from . import (graph_deleted, graph_delta, graph_governance, graph_groups, graph_invitations,  # noqa: F401
               graph_logs, graph_memberships,
               graph_pim, graph_policies, graph_reviews, graph_users)
