import { configContainer, queueNames, tableNames, writtenContainers } from '../names.bicep'
import { StorageUris } from '../types.bicep'

@description('Name of the account.')
param name string

@description('Where it is made.')
param location string

@description('Its tags.')
param tags object

@description('Its redundancy.')
param sku string

@description('Whether it is reached through private endpoints alone.')
param isPrivate bool

@description('Days after which a value that lost a conflict is deleted.')
param conflictRetentionDays int

@description('Workspace that takes the logs.')
param workspaceId string

@description('Whether every access to contents is logged.')
param detailedLogs bool

@description('Whether a lock keeps it from being deleted.')
param lock bool

// What the connector knows: pairs, cursors, work to be done, rules. The host's account is another, so that rights here concern data alone.
resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: { bypass: 'None', defaultAction: isPrivate ? 'Deny' : 'Allow' }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    containerDeleteRetentionPolicy: { enabled: true, days: 14 }
    // Off: what the connector deletes for privacy (values of an appointment that became private) must be gone.
    deleteRetentionPolicy: { enabled: false }
  }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = [
  for container in concat(writtenContainers, [configContainer]): {
    parent: blobs
    name: container
  }
]

resource queues 'Microsoft.Storage/storageAccounts/queueServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource queue 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-06-01' = [
  for queueName in queueNames: {
    parent: queues
    name: queueName
  }
]

resource tables 'Microsoft.Storage/storageAccounts/tableServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource table 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-06-01' = [
  for tableName in tableNames: {
    parent: tables
    name: tableName
  }
]

resource retention 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'conflicts'
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['conflicts/'] }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: conflictRetentionDays } } }
          }
        }
      ]
    }
  }
  dependsOn: [blobs]
}

// A message in a poison queue is seen here even where the app is dead.
resource queueLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: queues
  properties: { workspaceId: workspaceId, logs: [{ category: 'StorageWrite', enabled: true }] }
}

resource blobLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (detailedLogs) {
  name: 'to-workspace'
  scope: blobs
  properties: {
    workspaceId: workspaceId
    logs: [
      for category in ['StorageRead', 'StorageWrite', 'StorageDelete']: {
        category: category
        enabled: true
      }
    ]
  }
}

resource deletionLock 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  name: 'pairs-live-here'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Without this account the connector no longer knows what belongs together, and a new start would make everything twice.'
  }
}

output uris StorageUris = {
  blob: account.properties.primaryEndpoints.blob
  queue: account.properties.primaryEndpoints.queue
  table: account.properties.primaryEndpoints.table
}
