// The names of shared/config/names.ts that exist in Azure; test/infra holds the two equal.

@export()
var tableNames = ['mailbox', 'directory', 'crmIndex', 'tenantState', 'subscriptions', 'due']

@export()
var queueNames = ['tenant-jobs', 'mailbox-passes', 'tenant-jobs-poison', 'mailbox-passes-poison']

@export()
@description('Containers that the connector writes.')
var writtenContainers = ['conflicts', 'cursors']

@export()
@description('Container of the tenants\' rules and of what counted before.')
var configContainer = 'config'

@export()
@description('The vault\'s name for the value of a setting: crm-password for CRM_PASSWORD.')
func secretOf(setting string) string => toLower(replace(setting, '_', '-'))
