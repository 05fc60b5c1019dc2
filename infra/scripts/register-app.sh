#!/usr/bin/env bash
# Makes by hand what identity.bicep makes: the connector's identity and the app registration that trusts it, without a secret. It may be run again:
# what is there is brought up to date, never made twice. Needs the Azure CLI, signed in as somebody who may register apps, and nothing else.
set -euo pipefail

usage() {
  cat <<'USAGE'
register-app.sh --resource-group NAME [options]
  --resource-group NAME    where the connector is deployed
  --location REGION        where the identity is made, if it is not there yet (default: the group's)
  --workload NAME          first part of the names, as for main.bicep (connector)
  --environment NAME       second part (prod)
  --display-name TEXT      what admins see when they consent
  --redirect-uri URI       where an admin lands after consent (https://localhost)
  --mailbox-access HOW     entra (by consent, all mailboxes of a tenant; default) or exchange (by role assignments in Exchange Online)
  --single-tenant          this tenant alone may consent
USAGE
}

resource_group='' location='' workload=connector environment=prod
display_name='connector SE for Exchange' redirect_uri=https://localhost mailbox_access=entra audience=AzureADMultipleOrgs
while [ $# -gt 0 ]; do
  case "$1" in
    --resource-group) resource_group=$2; shift 2 ;;
    --location) location=$2; shift 2 ;;
    --workload) workload=$2; shift 2 ;;
    --environment) environment=$2; shift 2 ;;
    --display-name) display_name=$2; shift 2 ;;
    --redirect-uri) redirect_uri=$2; shift 2 ;;
    --mailbox-access) mailbox_access=$2; shift 2 ;;
    --single-tenant) audience=AzureADMyOrg; shift ;;
    --help) usage; exit 0 ;;
    *) echo "Unknown option $1." >&2; usage >&2; exit 2 ;;
  esac
done
[ -n "$resource_group" ] || { usage >&2; exit 2; }
case "$mailbox_access" in entra | exchange) ;; *) echo '--mailbox-access is entra or exchange.' >&2; exit 2 ;; esac
# They stand in JSON below.
case "$display_name$redirect_uri" in *[\"\\]*) echo 'No quotation marks and no backslashes, please.' >&2; exit 2 ;; esac

# Tokens, registrations and the audience of the exchange are each cloud's own.
case "$(az cloud show --query name --output tsv)" in
  AzureCloud) exchange_audience=api://AzureADTokenExchange ;;
  AzureUSGovernment) exchange_audience=api://AzureADTokenExchangeUSGov ;;
  AzureChinaCloud) exchange_audience=api://AzureADTokenExchangeChina ;;
  *) echo 'This cloud is not known to the connector.' >&2; exit 1 ;;
esac
graph=$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv)
graph=${graph%/}/v1.0
login=$(az cloud show --query endpoints.activeDirectory --output tsv)
login=${login%/}
tenant=$(az account show --query tenantId --output tsv)

identity="id-$workload-$environment"
principal=$(az identity show --resource-group "$resource_group" --name "$identity" --query principalId --output tsv 2>/dev/null || true)
if [ -z "$principal" ]; then
  [ -n "$location" ] || location=$(az group show --name "$resource_group" --query location --output tsv)
  principal=$(az identity create --resource-group "$resource_group" --name "$identity" --location "$location" --query principalId --output tsv)
fi

# Application permissions of Microsoft Graph: User.Read.All, and on mailboxes Calendars.ReadWrite and MailboxSettings.Read. Where Exchange gives the
# latter the registration must not ask for them: a consent would open every mailbox.
roles='{"id":"df021288-bdef-4463-88db-98f22de89214","type":"Role"}'
if [ "$mailbox_access" = entra ]; then
  roles="$roles,{\"id\":\"ef54d2bf-783f-4e0f-bca1-3210c0444d99\",\"type\":\"Role\"},{\"id\":\"40f97065-369a-49f4-947c-6a255697ae91\",\"type\":\"Role\"}"
fi

# The identity's object id makes the name one of a kind in the tenant, and the same in every run.
unique_name="$workload-$environment-$principal"
upsert() { az rest --method patch --url "$1" --headers 'Content-Type=application/json' 'Prefer=create-if-missing' --body "$2" --output none; }

upsert "$graph/applications(uniqueName='$unique_name')" \
  "{\"displayName\":\"$display_name\",\"signInAudience\":\"$audience\",\"web\":{\"redirectUris\":[\"$redirect_uri\"]},\"requiredResourceAccess\":[{\"resourceAppId\":\"00000003-0000-0000-c000-000000000000\",\"resourceAccess\":[$roles]}]}"
app_id=$(az rest --method get --url "$graph/applications(uniqueName='$unique_name')?\$select=appId" --query appId --output tsv)
upsert "$graph/applications(appId='$app_id')/federatedIdentityCredentials(name='function-app')" \
  "{\"description\":\"The identity of the connector's function app stands in for a secret.\",\"issuer\":\"$login/$tenant/v2.0\",\"subject\":\"$principal\",\"audiences\":[\"$exchange_audience\"]}"
upsert "$graph/servicePrincipals(appId='$app_id')" '{}'

echo "graphAppId for main.bicep: $app_id"
echo "Consent of a tenant's admin: $login/<tenant id>/adminconsent?client_id=$app_id&redirect_uri=$redirect_uri"
