metadata description = 'The app registration by which the connector reaches Microsoft Graph in customers\' tenants: it has no secret and trusts the connector\'s identity. Deploy it before main.bicep, into the same resource group, and give its output graphAppId to main.bicep. Whoever registers by hand leaves it out (infra/scripts).'

targetScope = 'resourceGroup'

extension microsoftGraphV1

@description('Where the identity is made.')
param location string = resourceGroup().location

@description('First part of every name, as for main.bicep.')
@minLength(2)
@maxLength(10)
param workload string = 'connector'

@description('Second part of every name, as for main.bicep.')
@minLength(2)
@maxLength(8)
param environmentName string = 'prod'

@description('Tags of the identity.')
param tags object = {}

@description('What admins see when they consent.')
param displayName string = 'connector SE for Exchange'

@description('Whether customers\' tenants may consent, or this tenant alone.')
param multiTenant bool = true

@description('How mailboxes are opened. entra: by admin consent, all of a tenant. exchange: by role assignments in Exchange Online, those that each tenant names; then the registration must not ask for rights on mailboxes, for a consent would open them all.')
@allowed(['entra', 'exchange'])
param mailboxAccess string = 'entra'

@description('Where an admin lands after consent.')
param consentRedirectUri string = 'https://localhost'

// Ids of application permissions of Microsoft Graph.
var permissions = {
  'Calendars.ReadWrite': 'ef54d2bf-783f-4e0f-bca1-3210c0444d99'
  'MailboxSettings.Read': '40f97065-369a-49f4-947c-6a255697ae91'
  'User.Read.All': 'df021288-bdef-4463-88db-98f22de89214'
}
var onMailboxes = [permissions['Calendars.ReadWrite'], permissions['MailboxSettings.Read']]
var wanted = concat([permissions['User.Read.All']], mailboxAccess == 'entra' ? onMailboxes : [])

// Each cloud has its own audience for the exchange of an identity's token.
var exchangeAudiences = {
  AzureCloud: 'api://AzureADTokenExchange'
  AzureUSGovernment: 'api://AzureADTokenExchangeUSGov'
  AzureChinaCloud: 'api://AzureADTokenExchangeChina'
}

module identity 'modules/app-identity.bicep' = {
  params: {
    name: 'id-${workload}-${environmentName}'
    location: location
    tags: union({ application: 'connector SE for Exchange', environment: environmentName }, tags)
  }
}

resource registration 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: '${workload}-${environmentName}-${uniqueString(resourceGroup().id)}'
  displayName: displayName
  signInAudience: multiTenant ? 'AzureADMultipleOrgs' : 'AzureADMyOrg'
  web: { redirectUris: [consentRedirectUri] }
  requiredResourceAccess: [
    {
      resourceAppId: '00000003-0000-0000-c000-000000000000'
      resourceAccess: [
        for permission in wanted: {
          id: permission
          type: 'Role'
        }
      ]
    }
  ]

  resource trust 'federatedIdentityCredentials@v1.0' = {
    name: '${registration.uniqueName}/function-app'
    description: 'The identity of the connector\'s function app stands in for a secret.'
    issuer: uri(environment().authentication.loginEndpoint, '${tenant().tenantId}/v2.0')
    subject: identity.outputs.principalId
    audiences: [exchangeAudiences[environment().name]]
  }
}

resource servicePrincipal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: registration.appId
}

@description('Give it to main.bicep.')
output graphAppId string = registration.appId
