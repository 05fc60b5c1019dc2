using 'main.bicep'

// Read by azd and by `az deployment group create -p`; what is not named here has the template's default.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'prod')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param graphAppId = readEnvironmentVariable('GRAPH_APP_ID', '')
param crmPassword = readEnvironmentVariable('CRM_PASSWORD', '')
