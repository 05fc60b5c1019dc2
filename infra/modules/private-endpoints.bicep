@description('Where they are made.')
param location string

@description('Their tags.')
param tags object

@description('Network that takes the endpoints and whose machines resolve the private names.')
param networkName string

@description('Host account.')
param hostStorageName string

@description('Data account.')
param dataStorageName string

@description('Vault.')
param vaultName string

@description('Last part of the names.')
param suffix string

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' existing = {
  name: networkName

  resource endpoints 'subnets' existing = {
    name: 'endpoints'
  }
}

resource hostStorage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: hostStorageName
}

resource dataStorage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: dataStorageName
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

var storageServices = ['blob', 'queue', 'table']
var vaultZone = 'privatelink${replace(environment().suffixes.keyvaultDns, '.vault.', '.vaultcore.')}'
var zoneNames = concat(
  map(storageServices, service => 'privatelink.${service}.${environment().suffixes.storage}'),
  [vaultZone]
)

// `zone` is the index of the private zone that answers for it.
var targets = [
  { name: 'host-blob', id: hostStorage.id, group: 'blob', zone: 0 }
  { name: 'host-table', id: hostStorage.id, group: 'table', zone: 2 }
  { name: 'data-blob', id: dataStorage.id, group: 'blob', zone: 0 }
  { name: 'data-queue', id: dataStorage.id, group: 'queue', zone: 1 }
  { name: 'data-table', id: dataStorage.id, group: 'table', zone: 2 }
  { name: 'vault', id: vault.id, group: 'vault', zone: 3 }
]

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for zone in zoneNames: {
    name: zone
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (zone, index) in zoneNames: {
    parent: zones[index]
    name: 'link-${suffix}'
    location: 'global'
    tags: tags
    properties: { registrationEnabled: false, virtualNetwork: { id: network.id } }
  }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2024-07-01' = [
  for target in targets: {
    name: 'pep-${target.name}-${suffix}'
    location: location
    tags: tags
    properties: {
      subnet: { id: network::endpoints.id }
      privateLinkServiceConnections: [
        { name: target.name, properties: { privateLinkServiceId: target.id, groupIds: [target.group] } }
      ]
    }
  }
]

resource zoneGroups 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-07-01' = [
  for (target, index) in targets: {
    parent: endpoints[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [{ name: target.group, properties: { privateDnsZoneId: zones[target.zone].id } }]
    }
  }
]
