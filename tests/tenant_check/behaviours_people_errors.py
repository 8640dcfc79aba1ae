# SPDX-License-Identifier: Apache-2.0
"""Login errors whose state is made by people, homes and guests."""
from error_ids import OF_PEOPLE, errors_of

BEHAVIOURS = errors_of(OF_PEOPLE)
