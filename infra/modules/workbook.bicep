@description('Where it is made.')
param location string

@description('Its tags.')
param tags object

@description('Application Insights component that it asks.')
param componentId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(componentId, 'operations')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Connector: operations'
    category: 'workbook'
    sourceId: componentId
    serializedData: replace(loadTextContent('../monitoring/workbook.json'), '{component}', componentId)
  }
}
