using '../main.bicep'

// One tenant, its own: the identity has its rights there directly, and no app registration is needed. Nothing waits warm, nothing watches.
param environmentName = 'small'
param graphAuth = 'managedIdentity'
param instanceMemoryMB = 512
param alwaysReadyHttpInstances = 0
param workbook = false
param alerts = false
