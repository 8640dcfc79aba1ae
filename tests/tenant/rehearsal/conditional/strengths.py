# SPDX-License-Identifier: Apache-2.0
"""Authentication strengths that every tenant has (entra-facts 10.3)."""
PHISHING_RESISTANT = ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"]
PASSWORDLESS = [*PHISHING_RESISTANT, "deviceBasedPush"]
MFA = [*PASSWORDLESS, "temporaryAccessPassOneTime", "temporaryAccessPassMultiUse",
       "password,microsoftAuthenticatorPush",
       "password,softwareOath", "password,hardwareOath", "password,sms", "password,voice", "federatedMultiFactor"]
STRENGTHS = [{"id": f"00000000-0000-0000-0000-00000000000{number}", "displayName": name, "description": "",
              "policyType": "builtIn", "requirementsSatisfied": "mfa", "allowedCombinations": combinations,
              "combinationConfigurations": []}
             for number, name, combinations in ((2, "Multifactor authentication", MFA),
                                                (3, "Passwordless MFA", PASSWORDLESS),
                                                (4, "Phishing-resistant MFA", PHISHING_RESISTANT))]
