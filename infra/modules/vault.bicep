import { secretOf } from '../names.bicep'

@description('Name of the vault.')
param name string

@description('Where it is made.')
param location string

@description('Its tags.')
param tags object

@description('Whether it is reached through private endpoints alone.')
param isPrivate bool

@description('Workspace that takes its audit log.')
param workspaceId string

@description('Signs what Graph sends back; written only where there is none yet.')
@secure()
param webhookSecret string

@description('Name in the vault of the CRM password.')
param crmEntry string

@description('CRM password; empty: left as it is.')
@secure()
param crmPassword string

@description('Whether the app registration proves itself by a secret.')
param needsGraphCredential bool

@description('Client secret of the app registration; empty: left as it is.')
@secure()
param graphClientSecret string

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enablePurgeProtection: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: { bypass: 'None', defaultAction: isPrivate ? 'Deny' : 'Allow' }
  }
}

// A new secret would make every subscription anew: a later deployment leaves the old one.
@onlyIfNotExists()
resource webhook 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: secretOf('WEBHOOK_SECRET')
  properties: { value: webhookSecret }
}

resource crm 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(crmPassword)) {
  parent: vault
  name: crmEntry
  properties: { value: crmPassword }
}

resource graph 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (needsGraphCredential && !empty(graphClientSecret)) {
  parent: vault
  name: secretOf('GRAPH_CLIENT_SECRET')
  properties: { value: graphClientSecret }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: vault
  properties: { workspaceId: workspaceId, logs: [{ category: 'AuditEvent', enabled: true }] }
}

output uri string = vault.properties.vaultUri
