#!/usr/bin/env bash
# For graphAuth managedIdentity alone: gives the connector's identity its rights on Microsoft Graph, in its own tenant and without an app registration.
# It may be run again. Needs the Azure CLI, signed in as somebody who may grant application permissions.
set -euo pipefail

usage='grant-identity.sh --resource-group NAME [--workload connector] [--environment prod] [--mailbox-access entra|exchange]'
resource_group='' workload=connector environment=prod mailbox_access=entra
while [ $# -gt 0 ]; do
  case "$1" in
    --resource-group) resource_group=$2; shift 2 ;;
    --workload) workload=$2; shift 2 ;;
    --environment) environment=$2; shift 2 ;;
    --mailbox-access) mailbox_access=$2; shift 2 ;;
    *) echo "$usage" >&2; exit 2 ;;
  esac
done
[ -n "$resource_group" ] || { echo "$usage" >&2; exit 2; }
# What Entra grants opens every mailbox: where Exchange opens some (grant-mailboxes.ps1), it grants none.
case "$mailbox_access" in
  entra) on_mailboxes='ef54d2bf-783f-4e0f-bca1-3210c0444d99 40f97065-369a-49f4-947c-6a255697ae91' ;;
  exchange) on_mailboxes='' ;;
  *) echo '--mailbox-access is entra or exchange.' >&2; exit 2 ;;
esac

graph=$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv)
graph=${graph%/}/v1.0
principal=$(az identity show --resource-group "$resource_group" --name "id-$workload-$environment" --query principalId --output tsv)
microsoft_graph=$(az rest --method get --url "$graph/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')?\$select=id" --query id --output tsv)
granted=$(az rest --method get --url "$graph/servicePrincipals/$principal/appRoleAssignments?\$top=999" --query 'value[].appRoleId' --output tsv)

# User.Read.All; Calendars.ReadWrite, MailboxSettings.Read
for role in df021288-bdef-4463-88db-98f22de89214 $on_mailboxes; do
  case "$granted" in *"$role"*) continue ;; esac
  az rest --method post --url "$graph/servicePrincipals/$principal/appRoleAssignments" --headers 'Content-Type=application/json' \
    --body "{\"principalId\":\"$principal\",\"resourceId\":\"$microsoft_graph\",\"appRoleId\":\"$role\"}" --output none
  echo "Granted $role."
done
