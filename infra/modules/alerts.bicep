@description('Where they are made.')
param location string

@description('Their tags.')
param tags object

@description('Last part of the names.')
param suffix string

@description('Application Insights component.')
param componentId string

@description('Log Analytics workspace.')
param workspaceId string

@description('Who gets a mail.')
param emails string[]

@description('Action groups that exist already.')
param actionGroupIds string[]

var rules = loadJsonContent('../monitoring/alerts.json').alerts

resource mails 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(emails)) {
  name: 'ag-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'connector'
    emailReceivers: [
      for (email, index) in emails: {
        name: 'mail-${index}'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: 'alert-${rule.name}-${suffix}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: rule.title
      description: rule.whatToDo
      severity: rule.severity
      enabled: true
      scopes: [rule.asks == 'workspace' ? workspaceId : componentId]
      evaluationFrequency: rule.every
      windowSize: rule.window
      // A table of the workspace is there only when its first row has come.
      skipQueryValidation: rule.asks == 'workspace'
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: join(rule.query, '\n')
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: concat(actionGroupIds, empty(emails) ? [] : [mails.id]) }
    }
  }
]
