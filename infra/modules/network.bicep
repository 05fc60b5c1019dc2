@description('Name of the network.')
param name string

@description('Name of the gateway for outgoing calls, and of its address; empty is none.')
param gatewayName string

@description('Where it is made.')
param location string

@description('Its tags.')
param tags object

@description('Its address range, /24 or larger.')
param addressPrefix string

resource outgoing 'Microsoft.Network/publicIPAddresses@2024-07-01' = if (!empty(gatewayName)) {
  name: '${gatewayName}-ip'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIPAllocationMethod: 'Static', publicIPAddressVersion: 'IPv4' }
}

resource gateway 'Microsoft.Network/natGateways@2024-07-01' = if (!empty(gatewayName)) {
  name: gatewayName
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIpAddresses: [{ id: outgoing.id }] }
}

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          natGateway: empty(gatewayName) ? null : { id: gateway.id }
          // Flex Consumption runs in container apps' environments.
          delegations: [{ name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'endpoints'
        properties: { addressPrefix: cidrSubnet(addressPrefix, 26, 1) }
      }
    ]
  }
}

output outgoingAddress string = empty(gatewayName) ? '' : outgoing!.properties.ipAddress
