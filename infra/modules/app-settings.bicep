import { configContainer, secretOf } from '../names.bicep'
import { StorageUris } from '../types.bicep'

@description('Function app that takes the settings.')
param appName string

@description('Client id of the app\'s identity.')
param identityClientId string

@description('Addresses of the host account.')
param hostStorage StorageUris

@description('Addresses of the data account.')
param dataStorage StorageUris

@description('Where telemetry goes.')
param componentConnectionString string

@description('Address of the vault.')
param vaultUri string

@description('Root of Microsoft Graph.')
param graphBaseUrl string

@description('How the connector proves itself to Graph.')
param graphAuth string

@description('Client id of the app registration.')
param graphAppId string

@description('Where Graph reaches this app.')
param publicBaseUrl string

@description('Settings that hold passwords of CRM logins.')
param crmPasswordSettings string[]

// Without a version: a secret that is replaced in the vault reaches the app by itself within a day, or at once by a restart.
func fromVault(vault string, setting string) string =>
  '@Microsoft.KeyVault(SecretUri=${vault}secrets/${secretOf(setting)})'

var crmPasswords = toObject(crmPasswordSettings, name => name, name => fromVault(vaultUri, name))

// Read by the Functions host. There is no plain AzureWebJobsStorage beside these, and nothing of the runtime: Flex Consumption has that in functionAppConfig.
var hostSettings = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsStorage__blobServiceUri: hostStorage.blob
  AzureWebJobsStorage__tableServiceUri: hostStorage.table
  APPLICATIONINSIGHTS_CONNECTION_STRING: componentConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  DATA__credential: 'managedidentity'
}

var ownSettings = {
  DATA__queueServiceUri: dataStorage.queue
  DATA__tableServiceUri: dataStorage.table
  DATA__blobServiceUri: dataStorage.blob
  DATA__clientId: identityClientId
  GRAPH_BASE_URL: graphBaseUrl
  GRAPH_AUTH: graphAuth
  IDENTITY_CLIENT_ID: identityClientId
  PUBLIC_BASE_URL: publicBaseUrl
  WEBHOOK_SECRET: fromVault(vaultUri, 'WEBHOOK_SECRET')
  CONFIG: configContainer
}

var registrationSettings = graphAuth == 'managedIdentity' ? {} : { GRAPH_APP_ID: graphAppId }

var secretSettings = graphAuth == 'clientSecret'
  ? { GRAPH_CLIENT_SECRET: fromVault(vaultUri, 'GRAPH_CLIENT_SECRET') }
  : {}

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  name: appName
}

resource settings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: app
  name: 'appsettings'
  properties: union(crmPasswords, hostSettings, ownSettings, registrationSettings, secretSettings)
}
