# SPDX-License-Identifier: Apache-2.0
"""All modules with endpoints of Graph: importing this one registers them."""
# pylint: disable=unused-import
from . import graph_deleted, graph_delta, graph_groups, graph_memberships, graph_users  # noqa: F401
