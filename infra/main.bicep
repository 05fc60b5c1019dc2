metadata name = 'connector SE for Exchange'
metadata description = 'Everything that the connector needs in one resource group: function app, identity, storage, vault, logs, alerts, and a private network where it is wanted.'

targetScope = 'resourceGroup'

import { secretOf } from 'names.bicep'
import { Administrator, AllowedAddress } from 'types.bicep'

@description('Where everything is made.')
param location string = resourceGroup().location

@description('First part of every name.')
@minLength(2)
@maxLength(10)
param workload string = 'connector'

@description('Second part of every name: which of several deployments this is.')
@minLength(2)
@maxLength(8)
param environmentName string = 'prod'

@description('Tags of every resource.')
param tags object = {}

@description('Major version of Node.js that the functions run on.')
@allowed(['22', '24'])
param nodeVersion string = '22'

@description('Memory of an instance in MB. 512 MB is enough for some dozen mailboxes without large attachments.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Most instances per function. It bounds cost and is no throttle: what protects Graph and the CRM are the leases of the connector itself.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Instances that always wait for HTTP. Graph drops notifications whose answer takes ten seconds, so that a cold start must not come in between.')
@minValue(0)
@maxValue(20)
param alwaysReadyHttpInstances int = 1

@description('HTTP requests that one instance works at once. The webhooks only mark and ring.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int = 32

@description('Whether plan and storage are spread over the zones of the region. It cannot be changed for a plan that exists.')
param zoneRedundant bool = false

@description('Root of Microsoft Graph: it decides the cloud.')
@allowed([
  'https://graph.microsoft.com'
  'https://graph.microsoft.us'
  'https://dod-graph.microsoft.us'
  'https://microsoftgraph.chinacloudapi.cn'
])
param graphBaseUrl string = 'https://graph.microsoft.com'

@description('How the connector proves itself to Graph: an app registration that trusts the identity (several tenants, no secret), the identity alone (its own tenant), or an app registration with a secret in the vault.')
@allowed(['federated', 'managedIdentity', 'clientSecret'])
param graphAuth string = 'federated'

@description('Client id of the app registration. Empty until it is made: the connector says so and waits.')
param graphAppId string = ''

@description('Where Graph reaches this app, if not under its own name: a custom domain or a gateway, https, without a path. Empty: the app\'s own address.')
param publicBaseUrl string = ''

@description('Names of application settings that hold passwords of CRM logins, as the tenants\' rules name them. Each is filled from a secret of the vault: CRM_PASSWORD from crm-password.')
@minLength(1)
param crmPasswordSettings string[] = ['CRM_PASSWORD']

@description('Password for the first of crmPasswordSettings. Empty: the secret is left as it is; put it into the vault by hand.')
@secure()
param crmPassword string = ''

@description('Client secret of the app registration, for graphAuth clientSecret alone. Empty: the secret is left as it is.')
@secure()
param graphClientSecret string = ''

@description('Signs what Graph sends back with each notification. Made once; a later deployment never replaces the one in the vault.')
@secure()
param webhookSecret string = '${newGuid()}${newGuid()}'

@description('Days after which a value that lost a conflict is deleted. It holds content of appointments.')
@minValue(7)
@maxValue(3650)
param conflictRetentionDays int = 180

@description('Days for which logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Most GB of logs in a day; -1 is no limit. Beyond it alerts are blind until the next day.')
param logDailyCapGB int = 5

@description('Whether the workbook is made.')
param workbook bool = true

@description('Whether the alerts are made.')
param alerts bool = true

@description('Who gets a mail when an alert fires.')
param alertEmails string[] = []

@description('Action groups that exist already and are told as well.')
param actionGroupIds string[] = []

@description('Whether every access to the contents of the data account and the platform\'s own log of the app go to the workspace, too. It costs by the GB.')
param detailedLogs bool = false

@description('People or groups who bring the tenants\' rules and the passwords: they may write the rules\' container and the vault\'s secrets, and nothing else.')
param administrators Administrator[] = []

@description('Whether storage and vault are reached through private endpoints alone. Graph\'s notifications still come from the internet.')
param privateNetworking bool = false

@description('Whether all calls go out from one address that never changes, so that a firewall before the CRM can know it.')
param fixedOutgoingAddress bool = false

@description('Address range of the virtual network, for privateNetworking and fixedOutgoingAddress.')
param networkAddressPrefix string = '10.77.0.0/24'

@description('Address ranges from which the app may be called; empty is everywhere. Graph\'s own must be among them.')
param allowedAddresses AllowedAddress[] = []

@description('Whether a lock keeps the data account from being deleted. With it go the pairs, and a new start would make everything twice.')
param lockData bool = false

var token = uniqueString(resourceGroup().id, workload, environmentName)
var suffix = '${workload}-${environmentName}'
var allTags = union({ application: 'connector SE for Exchange', environment: environmentName }, tags)
var needsNetwork = privateNetworking || fixedOutgoingAddress
var storageSku = zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'

// Names are told to the modules and not taken from their outputs, so that what a deployment would make can be read without deploying it.
var names = {
  identity: 'id-${suffix}'
  workspace: 'log-${suffix}'
  component: 'appi-${suffix}'
  network: 'vnet-${suffix}'
  gateway: 'ng-${suffix}'
  hostStorage: 'sthost${token}'
  dataStorage: 'stdata${token}'
  vault: 'kv-${token}'
  plan: 'asp-${suffix}'
  // Not over 32 characters: the host takes so many for its own id.
  app: 'func-${suffix}-${take(token, 6)}'
}

module identity 'modules/app-identity.bicep' = {
  params: { name: names.identity, location: location, tags: allTags }
}

module logs 'modules/logs.bicep' = {
  params: {
    workspaceName: names.workspace
    componentName: names.component
    location: location
    tags: allTags
    retentionDays: logRetentionDays
    dailyCapGB: logDailyCapGB
  }
}

module network 'modules/network.bicep' = if (needsNetwork) {
  params: {
    name: names.network
    gatewayName: fixedOutgoingAddress ? names.gateway : ''
    location: location
    tags: allTags
    addressPrefix: networkAddressPrefix
  }
}

module hostStorage 'modules/host-storage.bicep' = {
  params: {
    name: names.hostStorage
    location: location
    tags: allTags
    sku: storageSku
    isPrivate: privateNetworking
  }
}

module dataStorage 'modules/data-storage.bicep' = {
  params: {
    name: names.dataStorage
    location: location
    tags: allTags
    sku: storageSku
    isPrivate: privateNetworking
    conflictRetentionDays: conflictRetentionDays
    workspaceId: logs.outputs.workspaceId
    detailedLogs: detailedLogs
    lock: lockData
  }
}

module vault 'modules/vault.bicep' = {
  params: {
    name: names.vault
    location: location
    tags: allTags
    isPrivate: privateNetworking
    workspaceId: logs.outputs.workspaceId
    webhookSecret: webhookSecret
    crmEntry: secretOf(crmPasswordSettings[0])
    crmPassword: crmPassword
    needsGraphCredential: graphAuth == 'clientSecret'
    graphClientSecret: graphClientSecret
  }
}

module endpoints 'modules/private-endpoints.bicep' = if (privateNetworking) {
  params: {
    location: location
    tags: allTags
    networkName: names.network
    hostStorageName: names.hostStorage
    dataStorageName: names.dataStorage
    vaultName: names.vault
    suffix: suffix
  }
  dependsOn: [network, hostStorage, dataStorage, vault]
}

module access 'modules/access.bicep' = {
  params: {
    principalId: identity.outputs.principalId
    hostStorageName: names.hostStorage
    dataStorageName: names.dataStorage
    vaultName: names.vault
    componentName: names.component
    administrators: administrators
  }
  dependsOn: [logs, hostStorage, dataStorage, vault]
}

module app 'modules/function-app.bicep' = {
  params: {
    name: names.app
    planName: names.plan
    location: location
    tags: allTags
    nodeVersion: nodeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyHttpInstances: alwaysReadyHttpInstances
    httpConcurrency: httpConcurrency
    zoneRedundant: zoneRedundant
    identityId: identity.outputs.id
    networkName: needsNetwork ? names.network : ''
    allowedAddresses: allowedAddresses
    deploymentContainerUri: hostStorage.outputs.deploymentContainerUri
    workspaceId: logs.outputs.workspaceId
    detailedLogs: detailedLogs
  }
  // The app reads its package and its secrets as the identity: without its rights the first start fails.
  dependsOn: [access, endpoints, network]
}

module settings 'modules/app-settings.bicep' = {
  params: {
    appName: names.app
    identityClientId: identity.outputs.clientId
    hostStorage: hostStorage.outputs.uris
    dataStorage: dataStorage.outputs.uris
    componentConnectionString: logs.outputs.connectionString
    vaultUri: vault.outputs.uri
    graphBaseUrl: graphBaseUrl
    graphAuth: graphAuth
    graphAppId: graphAppId
    publicBaseUrl: empty(publicBaseUrl) ? 'https://${app.outputs.hostName}' : publicBaseUrl
    crmPasswordSettings: crmPasswordSettings
  }
}

module workbookOfOperations 'modules/workbook.bicep' = if (workbook) {
  params: { location: location, tags: allTags, componentId: logs.outputs.componentId }
}

module alertRules 'modules/alerts.bicep' = if (alerts) {
  params: {
    location: location
    tags: allTags
    suffix: suffix
    componentId: logs.outputs.componentId
    workspaceId: logs.outputs.workspaceId
    emails: alertEmails
    actionGroupIds: actionGroupIds
  }
}

@description('Name of the function app: where the package is deployed to.')
output functionAppName string = names.app

@description('Address of the function app.')
output functionAppHostName string = app.outputs.hostName

@description('Name of the identity, for identity.bicep and the script beside it.')
output identityName string = names.identity

@description('Object id of the identity: subject of the federated credential.')
output identityPrincipalId string = identity.outputs.principalId

@description('Address from which all calls go out; empty where it is not fixed.')
output outgoingAddress string = needsNetwork ? network!.outputs.outgoingAddress : ''

@description('Account whose container config takes one <tenantId>.json for each tenant.')
output dataStorageName string = names.dataStorage

@description('Vault that holds the passwords.')
output vaultName string = names.vault
