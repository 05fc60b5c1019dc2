# Plays Exchange Online and Microsoft Graph PowerShell on $World, for one run of a script: as their references and the page on RBAC for Applications have
# them (test/infra/cmdlets.json), and as strict. Only what a script may call is there, with the parameters that it may use.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$global:World.calls = [System.Collections.ArrayList]::new()
$global:World.warnings = [System.Collections.ArrayList]::new()

# The engine comes without the module that holds it.
function global:Write-Warning([string] $Message) { $null = $global:World.warnings.Add($Message) }

# "name parameter=value ..." without what says how to fail or to ask.
function global:Add-Call([string] $Name, $Bound) {
  $words = foreach ($key in @($Bound.Keys)) { if ($key -notin 'ErrorAction', 'Confirm', 'WhatIf') { "$key=$($Bound[$key])" } }
  $null = $global:World.calls.Add((@($Name) + @($words)) -join ' ')
}

function global:Find-Pointer([string] $Identity) {
  return @($global:World.pointers | Where-Object { $_.AppId -eq $Identity -or $_.ObjectId -eq $Identity -or $_.DisplayName -eq $Identity })
}

$global:Answers = @{
  'Get-OrganizationConfig' = { [pscustomobject] @{ IsDehydrated = $global:World.dehydrated } }
  'Get-ServicePrincipal' = { $global:World.pointers | ForEach-Object { [pscustomobject] $_ } }
  'Get-ManagementScope' = { $global:World.scopes | ForEach-Object { [pscustomobject] $_ } }
  'Get-ManagementRoleAssignment' = { $global:World.assignments | ForEach-Object { [pscustomobject] @{ Name = $_.Name; Role = $_.Role; RoleAssigneeName = $_.ObjectId; RoleAssigneeType = 'ServicePrincipal' } } }
  'New-ServicePrincipal' = {
    # "Exchange prevents the creation of an invalid pointer."
    if (-not @($global:World.entra | Where-Object { $_.AppId -eq [string] $Bound.AppId -and $_.Id -eq [string] $Bound.ObjectId })) { throw 'No such service principal in Microsoft Entra ID.' }
    if (@(Find-Pointer ([string] $Bound.AppId))) { throw 'The service principal is there already.' }
    $null = $global:World.pointers.Add(@{ AppId = [string] $Bound.AppId; ObjectId = [string] $Bound.ObjectId; DisplayName = $Bound.DisplayName })
    'a service principal'
  }
  'New-ManagementScope' = {
    if (@($global:World.scopes | Where-Object { $_.Name -eq $Bound.Name })) { throw 'The scope is there already.' }
    if ($Bound.Name.Length -gt 64) { throw 'The name is too long.' }
    $null = $global:World.scopes.Add(@{ Name = $Bound.Name; RecipientFilter = $Bound.RecipientRestrictionFilter })
    'a scope'
  }
  'New-ManagementRoleAssignment' = {
    if ($global:World.dehydrated) { throw 'Run Enable-OrganizationCustomization first.' }
    $pointer = @(Find-Pointer ([string] $Bound.App))
    if ($pointer.Count -ne 1) { throw 'There is no such app.' }
    if ($global:World.roles -notcontains $Bound.Role) { throw 'There is no such role for applications.' }
    if ($Bound.Name.Length -gt 64) { throw 'The name is too long.' }
    if (@($global:World.assignments | Where-Object { $_.Name -eq $Bound.Name })) { throw 'The assignment is there already.' }
    $over = @('RecipientGroupScope', 'RecipientAdministrativeUnitScope', 'CustomResourceScope' | Where-Object { $Bound.ContainsKey($_) } | ForEach-Object { "${_}:$($Bound[$_])" })
    if ($over.Count -ne 1) { throw 'An assignment over everything.' }
    if ($over[0].StartsWith('CustomResourceScope:') -and -not @($global:World.scopes | Where-Object { "CustomResourceScope:$($_.Name)" -eq $over[0] })) { throw 'There is no such scope.' }
    $null = $global:World.assignments.Add(@{ Name = $Bound.Name; Role = $Bound.Role; ObjectId = $pointer[0].ObjectId; Over = $over[0] })
    'an assignment'
  }
  'Remove-ManagementRoleAssignment' = {
    $found = @($global:World.assignments | Where-Object { $_.Name -eq $Bound.Identity })
    if ($found.Count -ne 1) { throw 'There is no such assignment.' }
    $global:World.assignments.Remove($found[0])
  }
  'Remove-ManagementScope' = {
    if (@($global:World.assignments | Where-Object { $_.Over -eq "CustomResourceScope:$($Bound.Identity)" })) { throw 'The scope is in use.' }
    $found = @($global:World.scopes | Where-Object { $_.Name -eq $Bound.Identity })
    if ($found.Count -ne 1) { throw 'There is no such scope.' }
    $global:World.scopes.Remove($found[0])
  }
  'Remove-ServicePrincipal' = { foreach ($one in @(Find-Pointer ([string] $Bound.Identity))) { $global:World.pointers.Remove($one) } }
  'Test-ServicePrincipalAuthorization' = {
    foreach ($one in @($global:World.assignments | Where-Object { $_.ObjectId -eq [string] $Bound.Identity })) {
      $over = $one.Over
      foreach ($scope in @($global:World.scopes)) { if ($over -eq "CustomResourceScope:$($scope.Name)") { $over = "filter:$($scope.RecipientFilter)" } }
      $members = @(if ($global:World.members.ContainsKey($over)) { $global:World.members[$over] })
      [pscustomobject] @{ RoleName = $one.Role; AllowedResourceScope = $over; InScope = [string] ($members -contains $Bound.Resource) }
    }
  }
  'Get-MgContext' = { if ($global:World.graph -eq 'connected') { [pscustomobject] @{ TenantId = 'here' } } }
  'Get-MgServicePrincipal' = {
    if ($Bound.ContainsKey('Filter')) { $global:World.entra | Where-Object { "appId eq '$($_.AppId)'" -eq $Bound.Filter } | ForEach-Object { [pscustomobject] $_ } }
    else { $global:World.resources | Where-Object { $_.Id -eq $Bound.ServicePrincipalId } | ForEach-Object { [pscustomobject] @{ Id = $_.Id; DisplayName = $_.DisplayName; AppRoles = @($_.AppRoles | ForEach-Object { [pscustomobject] $_ }) } } }
  }
  'Get-MgServicePrincipalAppRoleAssignment' = { $global:World.grants | ForEach-Object { [pscustomobject] $_ } }
}

foreach ($name in @($global:World.cmdlets.Keys)) {
  $known = $global:World.cmdlets[$name]
  if ($name -like '*-Mg*' -and $global:World.graph -eq 'absent') { continue }
  if ($name -notlike '*-Mg*' -and -not $global:World.connected) { continue }
  if (-not $global:Answers.ContainsKey($name)) { continue }
  $parameters = @(
    $known.required | ForEach-Object { "[Parameter(Mandatory)] `$$_" }
    $known.optional | ForEach-Object { "`$$_" }
    $known.switches | ForEach-Object { "[switch] `$$_" }
  ) -join ', '
  $binding = if ($known.ContainsKey('asks')) { '[CmdletBinding(SupportsShouldProcess)]' } else { '[CmdletBinding()]' }
  # Without ErrorAction a cmdlet that is called through the network may go on behind its error, and what removes asks before it does.
  $strict = "if (-not `$PSBoundParameters.ContainsKey('ErrorAction') -or `$PSBoundParameters.ErrorAction -ne 'Stop') { throw '$name without -ErrorAction Stop' }"
  if ($name -like 'Remove-*') { $strict += "; if (-not `$PSBoundParameters.ContainsKey('Confirm') -or `$PSBoundParameters.Confirm) { throw '$name would ask' }" }
  $body = "$binding param($parameters) $strict; Add-Call '$name' `$PSBoundParameters; `$Bound = `$PSBoundParameters; . `$global:Answers['$name']"
  . ([scriptblock]::Create("function global:$name { $body }"))
}
