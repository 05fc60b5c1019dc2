@description('Name of the identity.')
param name string

@description('Where it is made.')
param location string

@description('Its tags.')
param tags object

// User-assigned: it outlives the app, and an app registration can trust it before there is one.
resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

output id string = identity.id
output clientId string = identity.properties.clientId
output principalId string = identity.properties.principalId
