import { AllowedAddress } from '../types.bicep'

@description('Name of the function app.')
param name string

@description('Name of its plan.')
param planName string

@description('Where they are made.')
param location string

@description('Their tags.')
param tags object

@description('Major version of Node.js.')
param nodeVersion string

@description('Memory of an instance in MB.')
param instanceMemoryMB int

@description('Most instances per function.')
param maximumInstanceCount int

@description('Instances that always wait for HTTP.')
param alwaysReadyHttpInstances int

@description('HTTP requests that one instance works at once.')
param httpConcurrency int

@description('Whether the plan is spread over the zones of the region.')
param zoneRedundant bool

@description('The app\'s identity.')
param identityId string

@description('Network for outgoing calls; empty is none.')
param networkName string

@description('Address ranges from which it may be called; empty is everywhere.')
param allowedAddresses AllowedAddress[]

@description('Container that holds the package.')
param deploymentContainerUri string

@description('Workspace that takes the platform\'s log.')
param workspaceId string

@description('Whether the platform\'s log is kept.')
param detailedLogs bool

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' existing = if (!empty(networkName)) {
  name: networkName

  resource app 'subnets' existing = {
    name: 'app'
  }
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true, zoneRedundant: zoneRedundant }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  // azd finds the app that takes the package by this tag.
  tags: union(tags, { 'azd-service-name': 'connector' })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(networkName) ? null : network::app.id
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainerUri
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyHttpInstances == 0 ? [] : [{ name: 'http', instanceCount: alwaysReadyHttpInstances }]
        triggers: { http: { perInstanceConcurrency: httpConcurrency } }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      http20Enabled: true
      ipSecurityRestrictionsDefaultAction: empty(allowedAddresses) ? 'Allow' : 'Deny'
      ipSecurityRestrictions: [
        for (address, index) in allowedAddresses: {
          name: address.name
          ipAddress: address.range
          action: 'Allow'
          priority: 100 + index
        }
      ]
    }
  }

  // Deployments prove themselves by Entra.
  resource noFtp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource noBasicScm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

resource platformLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (detailedLogs) {
  name: 'to-workspace'
  scope: app
  properties: { workspaceId: workspaceId, logs: [{ category: 'FunctionAppLogs', enabled: true }] }
}

output hostName string = app.properties.defaultHostName
