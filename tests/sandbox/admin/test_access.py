"""Access to the admin APIs, and the tokens of the service app.

See docs/webex/provisioning.md §1, §2.
"""

import pytest

from sandbox.admin import ADMIN_ENDPOINTS
from sandbox.ids import public_id
from sandbox.settings import Settings
from sandbox.tokens import SERVICE_APP_SCOPES
from tests.sandbox.admin.admin_client import Api, admin_api, refresh_form
from tests.sandbox.conftest import token_of

GUARDED = [endpoint for endpoint in ADMIN_ENDPOINTS if endpoint.tokens == {"service_app"}]


async def call(api, endpoint):
    path = endpoint.path.replace("{", "").replace("}", "")
    return await api.http.request(endpoint.method, path, json={})


async def test_only_the_service_app_may_call(api):
    cloud = api.sandbox.cloud
    for value, status in [("Basic x", 401), ("Bearer x", 401), (f"Bearer {cloud.bot_token}", 403)]:
        api.http.headers["Authorization"] = value
        assert {(await call(api, endpoint)).status_code for endpoint in GUARDED} == {status}


async def test_a_refresh_token_grants_no_access(api):
    refresh = api.sandbox.env["WEBEX_SERVICE_APP_REFRESH_TOKEN"]
    api.http.headers["Authorization"] = f"Bearer {refresh}"

    assert (await api.http.get("/devices")).status_code == 401


async def test_every_call_needs_its_scope():
    async with admin_api(Settings(without_scopes=SERVICE_APP_SCOPES)) as api:
        assert {(await call(api, endpoint)).status_code for endpoint in GUARDED} == {403}


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ("devices_read", "/devices"),
        ("workspaces_read", "/workspaces"),
        ("licenses_read", "/licenses"),
        ("organizations_read", "/organizations"),
        ("telephony_config_read", "/telephony/config/supportedDevices"),
    ],
)
async def test_the_scope_of_a_read(scope, path):
    others = SERVICE_APP_SCOPES - {f"spark-admin:{scope}"}
    async with admin_api(Settings(without_scopes=others)) as api:
        assert (await api.http.get(path)).status_code == 200


async def test_an_activation_code_needs_the_scope_of_one_time_passwords_too():
    without = frozenset({"identity:one_time_password"})
    async with admin_api(Settings(without_scopes=without)) as api:
        response = await api.post("/devices/activationCode", api.owner_of("bob"))

        assert response.status_code == 403


async def test_another_organization_is_refused(api):
    own = (await api.get("/organizations"))["items"][0]["id"]

    assert (await api.http.get("/devices", params={"orgId": own})).status_code == 200
    assert (await api.http.get("/devices", params={"orgId": own[:-6]})).status_code == 403


async def test_the_access_token_ends_and_a_new_one_comes_with_the_same_refresh_token(api):
    expiry = await api.get("/authorizations/tokenExpiry")
    assert expiry["exp"] == int(api.clock.now().timestamp() + 1_209_599) * 1000

    api.clock.advance(1_209_599)
    assert (await api.http.get("/devices")).status_code == 401

    form = refresh_form(api.sandbox)
    answer = (await api.http.post("/access_token", data=form)).json()
    assert answer["refresh_token"] == form["refresh_token"]
    assert answer["expires_in"] == 1_209_599
    assert answer["refresh_token_expires_in"] == 7_775_999 - 1_209_599
    assert set(answer["scope"].split()) == SERVICE_APP_SCOPES
    api.http.headers["Authorization"] = f"Bearer {answer['access_token']}"
    assert (await api.http.get("/devices")).status_code == 200


async def test_a_revoked_refresh_token_is_refused_in_the_token_services_shape(api):
    form = refresh_form(api.sandbox)
    api.sandbox.cloud.tokens.revoke(form["refresh_token"])

    response = await api.http.post("/access_token", data=form)

    body = response.json()
    assert response.status_code == 400
    assert body.pop("trackingID") == response.headers["trackingid"]
    assert body == {
        "error": "invalid_request",
        "error_description": (
            "The refresh token provided is expired, revoked, malformed, or invalid."
        ),
    }


async def test_an_expired_refresh_token_is_refused(api):
    api.clock.advance(7_775_999)

    response = await api.http.post("/access_token", data=refresh_form(api.sandbox))

    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def test_an_unknown_client_is_refused_in_the_gateways_shape(api):
    form = refresh_form(api.sandbox) | {"client_id": "Cwrong"}

    response = await api.http.post("/access_token", data=form)

    assert response.status_code == 400
    assert response.json()["errors"] == [{"description": "Client Id is invalid"}]
    assert response.json()["trackingId"]


@pytest.mark.parametrize(
    ("field", "error"),
    [("client_secret", "invalid_client"), ("grant_type", "unsupported_grant_type")],
)
async def test_other_wrong_grants(api, field, error):
    response = await api.http.post("/access_token", data=refresh_form(api.sandbox) | {field: "x"})

    assert (response.status_code, response.json()["error"]) == (400, error)


def application_body(api: Api) -> tuple[str, dict[str, str]]:
    """Return the path and a valid body of a request for the service app's tokens."""
    app, org = api.sandbox.cloud.service_app, api.sandbox.cloud.organization
    path = f"/applications/{public_id('APPLICATION', app.client_id)}/token"
    target = public_id("ORGANIZATION", org.key)
    body = {"clientId": app.client_id, "clientSecret": app.client_secret, "targetOrgId": target}
    return path, body


def as_developer(api: Api) -> None:
    api.http.headers["Authorization"] = f"Bearer {token_of(api.sandbox, 'ada@acme.example')}"


async def test_a_developer_gets_the_tokens_of_the_service_app(api):
    as_developer(api)
    path, body = application_body(api)

    answer = (await api.post(path, body)).json()

    assert answer.keys() == {
        "access_token",
        "expires_in",
        "refresh_token",
        "refresh_token_expires_in",
        "token_type",
    }
    assert answer["refresh_token"] == api.sandbox.env["WEBEX_SERVICE_APP_REFRESH_TOKEN"]
    api.http.headers["Authorization"] = f"Bearer {answer['access_token']}"
    assert (await api.http.get("/devices")).status_code == 200
    assert body["clientSecret"] not in str(api.sandbox.cloud.calls.after(0))


@pytest.mark.parametrize("field", ["clientId", "clientSecret", "targetOrgId"])
async def test_wrong_credentials_of_an_application_are_refused(api, field):
    as_developer(api)
    path, body = application_body(api)

    response = await api.post(path, body | {field: "x"})

    assert response.status_code == 400
    assert response.json()["message"] == "Invalid client credentials"


async def test_an_application_needs_a_developer_its_own_name_and_its_authorization(api):
    path, body = application_body(api)
    assert (await api.post(path, body)).status_code == 403
    as_developer(api)
    assert (await api.post("/applications/x/token", body)).status_code == 404

    api.sandbox.cloud.tokens.revoke(api.sandbox.cloud.service_app.refresh_token)
    assert (await api.post(path, body)).status_code == 403


async def test_a_person_looked_up_by_id_has_no_licences(api):
    (by_email,) = (await api.get("/people", email="bob@acme.example"))["items"]
    (by_id,) = (await api.get("/people", id=by_email["id"]))["items"]

    assert by_email.keys() - by_id.keys() == {"licenses", "roles"}
