@export()
@description('Somebody who brings rules and passwords.')
type Administrator = {
  @description('Object id in Entra.')
  principalId: string
  principalType: 'Group' | 'User' | 'ServicePrincipal'
}

@export()
@description('An address range from which the app may be called.')
type AllowedAddress = {
  @description('What it is, for people.')
  name: string
  @description('In CIDR form: 203.0.113.0/24.')
  range: string
}

@export()
@description('Addresses of a storage account\'s services.')
type StorageUris = {
  blob: string
  queue: string
  table: string
}
