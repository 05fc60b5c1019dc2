using '../main.bicep'

// Every option on, with invented ids and addresses: a list to choose from.
param workload = 'crmsync'
param environmentName = 'full'
param tags = { costCentre: '4711' }
param nodeVersion = '24'
param instanceMemoryMB = 4096
param maximumInstanceCount = 100
param alwaysReadyHttpInstances = 2
param httpConcurrency = 64
param zoneRedundant = true
param graphAppId = '22222222-2222-4222-8222-222222222222'
param publicBaseUrl = 'https://connector.example.com'
param crmPasswordSettings = ['CRM_PASSWORD', 'CRM_PROXY_PASSWORD']
param conflictRetentionDays = 90
param logRetentionDays = 90
param logDailyCapGB = 20
param alertEmails = ['operations@example.com']
param actionGroupIds = [
  '/subscriptions/33333333-3333-4333-8333-333333333333/resourceGroups/operations/providers/Microsoft.Insights/actionGroups/on-call'
]
param detailedLogs = true
param administrators = [{ principalId: '44444444-4444-4444-8444-444444444444', principalType: 'Group' }]
param privateNetworking = true
param fixedOutgoingAddress = true
param networkAddressPrefix = '10.20.30.0/24'
param allowedAddresses = [{ name: 'gateway', range: '203.0.113.0/24' }]
param lockData = true
