# SPDX-License-Identifier: Apache-2.0
"""The rehearsal tenant: a double of Microsoft Entra and Microsoft Graph on loopback."""
