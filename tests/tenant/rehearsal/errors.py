# SPDX-License-Identifier: Apache-2.0
"""Login errors: which OAuth error and HTTP status goes with an AADSTS number, and the body they arrive in."""
import uuid

from aiohttp import web

# number: (error, HTTP status, text)
TABLE = {
    16000: ("interaction_required", 400, "User account '{user}' from identity provider '{idp}' does not exist in tenant '{tenant}' and cannot access the application '{app}' in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account."),
    28002: ("invalid_scope", 400, "Provided value for the input parameter scope is not valid when requesting an access token: more than one resource was named."),
    50005: ("invalid_grant", 400, "User tried to log in to a device from a platform (Unknown) that's currently not supported through Conditional Access policy."),
    50012: ("invalid_client", 401, "Authentication failed."),
    50014: ("invalid_grant", 400, "Guest user '{user}' is in a pending state: the invitation has not been redeemed yet."),
    50020: ("invalid_grant", 400, "User account '{user}' from identity provider '{idp}' does not exist in tenant '{tenant}' and cannot access the application '{app}' in that tenant. The account needs to be added as an external user in the tenant first."),
    50034: ("invalid_grant", 400, "The user account '{user}' does not exist in the directory. To sign into this application, the account must be added to the directory."),
    50048: ("invalid_client", 401, "SubjectMismatchesIssuer: the subject of the client assertion differs from its issuer."),
    50049: ("invalid_instance", 400, "Unknown or invalid instance."),
    50057: ("invalid_grant", 400, "The user account is disabled."),
    500571: ("invalid_grant", 400, "The guest user account is disabled."),
    50097: ("interaction_required", 401, "Device authentication is required."),
    50105: ("invalid_grant", 400, "Your administrator has configured the application '{app}' to block users unless they are specifically granted ('assigned') access to the application. The signed-in user '{user}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator."),
    50126: ("invalid_grant", 400, "Error validating credentials due to invalid username or password."),
    50179: ("invalid_request", 400, "client_info is not supported for this user."),
    50194: ("invalid_request", 400, "Application '{app_id}'({app}) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant."),
    50196: ("temporarily_unavailable", 400, "The server terminated an operation because it encountered a client request loop. Please contact your app vendor."),
    500011: ("invalid_resource", 400, "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant."),
    500014: ("invalid_resource", 400, "The service principal for resource '{resource}' is disabled."),
    500212: ("access_denied", 400, "The user's administrator has set an outbound access policy that doesn't allow access to the resource tenant."),
    500213: ("access_denied", 400, "The resource tenant's cross-tenant access policy does not allow this user to access this tenant."),
    53003: ("invalid_grant", 400, "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."),
    65001: ("invalid_grant", 400, "The user or administrator has not consented to use the application with ID '{app_id}' named '{app}'. Send an interactive authorization request for this user and resource."),
    65004: ("access_denied", 400, "User declined to consent to access the app."),
    650053: ("invalid_scope", 400, "The application '{app}' asked for scope '{scope}' that doesn't exist on the resource '{resource}'. Contact the app vendor."),
    70000: ("invalid_grant", 400, "Provided grant is invalid or malformed."),
    70003: ("unsupported_grant_type", 400, "The app requested an unsupported grant type '{grant}'."),
    70011: ("invalid_scope", 400, "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."),
    70016: ("authorization_pending", 400, "OAuth 2.0 device flow error. Authorization is pending. Continue polling."),
    70017: ("authorization_declined", 400, "The end user denied the authorization request."),
    700171: ("authorization_declined", 400, "The end user denied the authorization request."),
    70018: ("bad_verification_code", 400, "Invalid verification code due to User typing in wrong user code for device code flow. Authorization isn't approved."),
    70019: ("code_expired", 400, "Verification code expired. Have the user retry the sign-in."),
    70020: ("expired_token", 400, "The provided value for the input parameter 'device_code' is not valid. This device code has expired."),
    700016: ("unauthorized_client", 400, "Application with identifier '{app_id}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."),
    700021: ("invalid_client", 401, "Client assertion application identifier doesn't match 'client_id' parameter."),
    700022: ("invalid_client", 401, "The client assertion has no 'sub' claim."),
    700023: ("invalid_client", 401, "Client assertion audience claim does not match Realm issuer."),
    700024: ("invalid_client", 401, "Client assertion is not within its valid time range. Current time: {now}, expiry time of assertion {exp}."),
    700025: ("invalid_client", 401, "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."),
    700027: ("invalid_client", 401, "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - {reason}]"),
    7000112: ("unauthorized_client", 400, "Application '{app_id}'({app}) is disabled."),
    7000215: ("invalid_client", 401, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{app_id}'."),
    7000218: ("invalid_client", 401, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."),
    90002: ("invalid_tenant", 400, "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."),
    90014: ("invalid_request", 400, "The required field '{field}' is missing from the credential. Ensure that you have all the necessary parameters for the login request."),
    90033: ("temporarily_unavailable", 503, "A transient error has occurred. Please try again."),
    90055: ("temporarily_unavailable", 429, "Tenant request limit was exceeded."),
    90119: ("invalid_request", 400, "The user code is null or empty."),
    90120: ("invalid_request", 400, "The request was already authorized or declined."),
    900144: ("invalid_request", 400, "The request body must contain the following parameter: '{field}'."),
    9001023: ("invalid_request", 400, "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint."),
    1002012: ("invalid_scope", 400, "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."),
}
WITH_URI = {90002, 700016, 7000215, 7000218, 53003, 50105, 70011, 1002012, 900144}


class LoginError(Exception):
    """Raised anywhere below a login endpoint; becomes the documented body."""

    def __init__(self, code, error=None, status=None, suberror=None, claims=None, **words):
        super().__init__(code)
        self.code = code
        known = TABLE.get(code, ("invalid_grant", 400, "An error occurred."))
        self.error = error or known[0]
        self.status = status or known[1]
        self.suberror, self.claims = suberror, claims
        self.text = known[2].format_map(_Lenient(words))


class _Lenient(dict):
    def __missing__(self, key):
        return ""


def slow_down():
    """RFC 8628's error; Entra documents no number for it, so there is none."""
    out = LoginError(70016, error="slow_down")
    out.code = None
    out.text = "The client is polling too quickly and should back off."
    return out


def body(world, error, correlation_id):
    """The JSON of a login error."""
    stamp, trace = world.clock.stamp(), str(uuid.uuid4())
    gap = "\r\n" if world.switches.description_separator == "crlf" else " "
    prefix = f"AADSTS{error.code}: " if error.code else ""
    parts = [prefix + error.text + world.switches.error_description_suffix, f"Trace ID: {trace}",
             f"Correlation ID: {correlation_id}", f"Timestamp: {stamp}"]
    out = {"error": error.error, "error_description": gap.join(parts),
           "error_codes": [error.code] if error.code else [], "timestamp": stamp, "trace_id": trace,
           "correlation_id": correlation_id}
    if error.code in WITH_URI:
        out["error_uri"] = f"{world.login}/error?code={error.code}"
    if error.suberror:
        out["suberror"] = error.suberror
    if error.claims:
        out["claims"] = error.claims
    return out


def response(world, error, correlation_id):
    return web.json_response(body(world, error, correlation_id), status=error.status)
