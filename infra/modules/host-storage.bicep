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

// The Functions host's own account: package, timers' leases, function keys. Nothing of the product is in it.
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

  resource blobs 'blobServices' = {
    name: 'default'

    resource package 'containers' = {
      name: 'deployment'
    }
  }
}

output uris StorageUris = {
  blob: account.properties.primaryEndpoints.blob
  queue: account.properties.primaryEndpoints.queue
  table: account.properties.primaryEndpoints.table
}
output deploymentContainerUri string = '${account.properties.primaryEndpoints.blob}${account::blobs::package.name}'
