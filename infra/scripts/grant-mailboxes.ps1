#Requires -Version 5.1

<#
.SYNOPSIS
Opens the mailboxes that you name to the connector, and no others: RBAC for Applications in Exchange Online.

.DESCRIPTION
For tenants whose rules say "mailboxAccess": "exchange" (docs/onboarding.md). Makes Exchange's pointer to the enterprise application and one role
assignment for each right that the kinds need, over one scope. It may be run again: what is there stays, what was asked for differently before goes, and
a run that finds all as it should be changes nothing and says so. Only what this script made is ever removed; what others gave the app is told.

Connect first, as a member of Organization Management or an Exchange Administrator: Connect-ExchangeOnline. Where Microsoft Graph PowerShell is connected,
too (Connect-MgGraph -Scopes Application.Read.All), the object id is looked up, and rights that Entra grants for all mailboxes are found.

.PARAMETER ApplicationId
The application (client) id: the GRAPH_APP_ID of the deployment.

.PARAMETER ObjectId
The object id of the enterprise application in this tenant; that of the app registration is another one. Needed at the first run where Microsoft Graph PowerShell is
not connected.

.PARAMETER Group
Opens the mailboxes of this group's direct members: a mail-enabled security group, a distribution list or a Microsoft 365 group, by name, address or id.
Members of groups inside it are not among them.

.PARAMETER AdministrativeUnit
Opens the mailboxes of this administrative unit, by id.

.PARAMETER RecipientFilter
Opens the mailboxes that this filter of Exchange finds, e.g. "CustomAttribute1 -eq 'CRM'".

.PARAMETER Kinds
What is synchronized: 'appointments'. What is left out here is taken away again.

.PARAMETER TestMailbox
A mailbox that must be open in the end.

.PARAMETER ClosedMailbox
A mailbox that must not be.

.PARAMETER Remove
Takes away everything that this script made for the application: when the tenant is let go.

.EXAMPLE
infra/scripts/grant-mailboxes.ps1 -ApplicationId 22222222-2222-4222-8222-222222222222 -Group 'Connector users' -WhatIf
Says what would be done, and does nothing.

.EXAMPLE
infra/scripts/grant-mailboxes.ps1 -ApplicationId 22222222-2222-4222-8222-222222222222 -Group 'Connector users' -TestMailbox ada@example.com -ClosedMailbox board@example.com

.EXAMPLE
infra/scripts/grant-mailboxes.ps1 -ApplicationId 22222222-2222-4222-8222-222222222222 -Remove

.LINK
https://learn.microsoft.com/exchange/permissions-exo/application-rbac
#>
[CmdletBinding(SupportsShouldProcess)]
param(
  [Parameter(Mandatory)] [guid] $ApplicationId,
  [guid] $ObjectId = [guid]::Empty,
  [string] $Group = '',
  [string] $AdministrativeUnit = '',
  [string] $RecipientFilter = '',
  [ValidateSet('appointments')] [string[]] $Kinds = @('appointments'),
  [string] $TestMailbox = '',
  [string] $ClosedMailbox = '',
  [switch] $Remove
)
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

# As shared/config/permissions.ts has them: a test compares. User.Read.All is no right on mailboxes: Entra alone grants it.
$AlwaysNeeded = @('MailboxSettings.Read')
$NeededByKind = @{
  appointments = @('Calendars.ReadWrite')
}

# Whatever this script makes begins with it: by that it is known again, and nothing else is ever removed.
$Prefix = 'connector ' + $ApplicationId.ToString().Substring(0, 8) + ' '
$DisplayName = 'connector SE for Exchange'

# The head of its hash: what is scoped otherwise has another name, so that nobody has to compare what Exchange makes of a filter's text.
function Get-Short([string] $Text) {
  $sha = [System.Security.Cryptography.SHA256]::Create()
  try { $hash = $sha.ComputeHash([System.Text.Encoding]::UTF8.GetBytes($Text)) } finally { $sha.Dispose() }
  return ([System.BitConverter]::ToString($hash) -replace '-', '').Substring(0, 8).ToLowerInvariant()
}

# Each once, in the order in which they come.
function Select-Distinct([string[]] $Texts) {
  $met = @{}
  foreach ($text in $Texts) { if (-not $met.ContainsKey($text)) { $met[$text] = $true; $text } }
}

function Test-Connected([string] $Command) {
  return $null -ne (Get-Command -Name $Command -ErrorAction Ignore)
}

# Microsoft Graph PowerShell may be installed and not be connected.
function Test-Graph {
  if (-not (Test-Connected 'Get-MgContext') -or -not (Test-Connected 'Get-MgServicePrincipal')) { return $false }
  return $null -ne (Get-MgContext -ErrorAction Stop)
}

# A name that does not exist makes Exchange answer everything there is: so everything is read, and looked through here.
function Get-Pointer {
  return @(Get-ServicePrincipal -ErrorAction Stop | Where-Object { [string] $_.AppId -eq [string] $ApplicationId })
}

function Get-Made([object[]] $Things) {
  return @($Things | Where-Object { $null -ne $_ -and ([string] $_.Name).StartsWith($Prefix) })
}

function Remove-Assignment([string] $Name) {
  if (-not $PSCmdlet.ShouldProcess($Name, 'Remove the role assignment')) { return }
  Remove-ManagementRoleAssignment -Identity $Name -Confirm:$false -ErrorAction Stop
  "Removed the role assignment '$Name'."
}

# No sooner than its assignments are gone: Exchange keeps a scope that is in use.
function Remove-Scope([string] $Name) {
  if (-not $PSCmdlet.ShouldProcess($Name, 'Remove the management scope')) { return }
  Remove-ManagementScope -Identity $Name -Confirm:$false -ErrorAction Stop
  "Removed the management scope '$Name'."
}

# Rights of Entra and of Exchange add up: one of Entra opens all mailboxes, whatever is scoped here.
function Show-RightsOfEntra([string] $Id) {
  if (-not (Test-Graph)) {
    Write-Warning 'Nobody looked whether Entra grants rights on mailboxes, which would open all of them: run Connect-MgGraph -Scopes Application.Read.All and come again, or read graph.permissions of doctor.'
    return
  }
  $granted = @(Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $Id -All -ErrorAction Stop)
  foreach ($resourceId in @(Select-Distinct @($granted | ForEach-Object { [string] $_.ResourceId }))) {
    $resource = Get-MgServicePrincipal -ServicePrincipalId $resourceId -ErrorAction Stop
    foreach ($grant in @($granted | Where-Object { [string] $_.ResourceId -eq $resourceId })) {
      $right = [string] (@($resource.AppRoles | Where-Object { [string] $_.Id -eq [string] $grant.AppRoleId } | ForEach-Object { $_.Value }) -join '')
      if ($right -match '^(Calendars|Contacts|Mail|MailboxSettings|MailboxFolder|MailboxItem|MailboxConfigItem|Mail-Advanced|full_access_as_app|EWS)(\.|$)') {
        Write-Warning "Entra grants $right ($($resource.DisplayName)) for ALL mailboxes, and no scope narrows that: take the consent to $right away (Entra admin center > Enterprise applications > the connector > Permissions), and the permission from what its registration asks for."
      }
    }
  }
}

function Confirm-Access([string] $Id, [string] $Mailbox, [bool] $Open, [string[]] $Roles) {
  if ($Mailbox -eq '') { return }
  $told = @(Test-ServicePrincipalAuthorization -Identity $Id -Resource $Mailbox -ErrorAction Stop)
  $inScope = @($told | Where-Object { [string] $_.InScope -eq 'True' } | ForEach-Object { [string] $_.RoleName })
  if ($Open) {
    $missing = @($Roles | Where-Object { $inScope -notcontains $_ })
    if ($missing.Count -gt 0) { throw "The mailbox $Mailbox is not open: it lacks $($missing -join ', '); look whether it is in the scope, a direct member of the group for instance." }
    "The mailbox $Mailbox is open: $($Roles -join ', ')."
  } else {
    if ($inScope.Count -gt 0) { throw "The mailbox $Mailbox is open, and should not be: $($inScope -join ', ')." }
    "The mailbox $Mailbox is closed to what Exchange gives."
  }
}

# --- what is asked for

$scopes = @(@($Group, $AdministrativeUnit, $RecipientFilter) | Where-Object { $_ -ne '' })
if ($Remove -and $scopes.Count -gt 0) { throw 'With -Remove everything goes: leave out -Group, -AdministrativeUnit and -RecipientFilter.' }
if (-not $Remove -and $scopes.Count -ne 1) { throw 'Say which mailboxes: exactly one of -Group, -AdministrativeUnit and -RecipientFilter.' }
if (-not (Test-Connected 'New-ManagementRoleAssignment')) { throw 'There is no connection to Exchange Online by an account that may assign roles: run Connect-ExchangeOnline as a member of Organization Management first.' }

$pointer = @(Get-Pointer)
$changes = 0

# --- taking it away

if ($Remove) {
  $assignments = @(Get-ManagementRoleAssignment -ErrorAction Stop)
  foreach ($assignment in @(Get-Made $assignments)) { $changes += 1; Remove-Assignment $assignment.Name }
  foreach ($scope in @(Get-Made @(Get-ManagementScope -ErrorAction Stop))) { $changes += 1; Remove-Scope $scope.Name }
  foreach ($one in $pointer) {
    $others = @($assignments | Where-Object { [string] $_.RoleAssigneeName -eq [string] $one.ObjectId -and -not ([string] $_.Name).StartsWith($Prefix) })
    if ($others.Count -gt 0) {
      Write-Warning "The app keeps what this script did not make, and its pointer in Exchange with it: $(@($others | ForEach-Object { $_.Name }) -join ', ')."
      continue
    }
    $changes += 1
    if ($PSCmdlet.ShouldProcess([string] $one.ObjectId, "Remove Exchange's pointer to the enterprise application")) {
      Remove-ServicePrincipal -Identity ([string] $one.ObjectId) -Confirm:$false -ErrorAction Stop
      "Removed Exchange's pointer to the enterprise application."
    }
  }
  if ($changes -eq 0) { 'Nothing to change: there is nothing of it left.' } elseif (-not $WhatIfPreference) { 'It may take up to two hours until Graph goes by it.' }
  return
}

# --- who is meant

$id = if ($ObjectId -eq [guid]::Empty) { '' } else { [string] $ObjectId }
if ($pointer.Count -gt 0) {
  $known = [string] $pointer[0].ObjectId
  if ($id -ne '' -and $id -ne $known) { throw "Exchange knows this application by the object id $known already: leave out -ObjectId, or run with -Remove first." }
  $id = $known
}
if ($id -eq '' -and (Test-Graph)) {
  $found = @(Get-MgServicePrincipal -Filter "appId eq '$ApplicationId'" -ErrorAction Stop)
  if ($found.Count -eq 0) { throw "No enterprise application of this tenant has the application id ${ApplicationId}: let its admin consent first (docs/onboarding.md 3)." }
  $id = [string] $found[0].Id
}
if ($id -eq '') { throw 'Say -ObjectId: Entra admin center > Enterprise applications > the connector > Object ID (that under App registrations is another one).' }

$roles = @(Select-Distinct ($AlwaysNeeded + @($Kinds | ForEach-Object { $NeededByKind[$_] })) | ForEach-Object { "Application $_" })
$scoped = if ($Group -ne '') { "group:$Group" } elseif ($AdministrativeUnit -ne '') { "unit:$AdministrativeUnit" } else { "filter:$RecipientFilter" }
$short = Get-Short $scoped.ToLowerInvariant()
$scopeName = $Prefix + 'mailboxes ' + $short

# --- giving it

if ((Get-OrganizationConfig -ErrorAction Stop).IsDehydrated) { throw 'Exchange makes no assignments in this tenant before somebody ran Enable-OrganizationCustomization once: run it, and come again when it has had its effect.' }
if ($pointer.Count -eq 0) {
  $changes += 1
  if ($PSCmdlet.ShouldProcess($id, "Make Exchange's pointer to the enterprise application")) {
    $null = New-ServicePrincipal -AppId $ApplicationId -ObjectId $id -DisplayName $DisplayName -ErrorAction Stop
    "Made Exchange's pointer to the enterprise application."
  }
}

$madeScopes = @(Get-Made @(Get-ManagementScope -ErrorAction Stop))
if ($RecipientFilter -ne '' -and @($madeScopes | ForEach-Object { $_.Name }) -notcontains $scopeName) {
  $changes += 1
  if ($PSCmdlet.ShouldProcess($scopeName, "Make the management scope with the filter $RecipientFilter")) {
    $null = New-ManagementScope -Name $scopeName -RecipientRestrictionFilter $RecipientFilter -ErrorAction Stop
    "Made the management scope '$scopeName'."
  }
}

$assignments = @(Get-ManagementRoleAssignment -ErrorAction Stop)
$made = @(Get-Made $assignments | ForEach-Object { $_.Name })
$wanted = @()
foreach ($role in $roles) {
  $name = $Prefix + ($role -replace '^Application ', '') + ' ' + $short
  $wanted += $name
  if ($made -contains $name) { continue }
  $changes += 1
  if (-not $PSCmdlet.ShouldProcess($scoped, "Assign the role $role")) { continue }
  if ($Group -ne '') {
    $null = New-ManagementRoleAssignment -Name $name -App $id -Role $role -RecipientGroupScope $Group -ErrorAction Stop
  } elseif ($AdministrativeUnit -ne '') {
    $null = New-ManagementRoleAssignment -Name $name -App $id -Role $role -RecipientAdministrativeUnitScope $AdministrativeUnit -ErrorAction Stop
  } else {
    $null = New-ManagementRoleAssignment -Name $name -App $id -Role $role -CustomResourceScope $scopeName -ErrorAction Stop
  }
  "Assigned the role $role over $scoped."
}

# What was asked for before and is not any more, behind what takes its place: mailboxes that stay are open all the time.
foreach ($name in @($made | Where-Object { $wanted -notcontains $_ })) { $changes += 1; Remove-Assignment $name }
foreach ($scope in @($madeScopes | Where-Object { $RecipientFilter -eq '' -or $_.Name -ne $scopeName })) { $changes += 1; Remove-Scope $scope.Name }

# --- is it as it should be?

foreach ($assignment in @($assignments | Where-Object { [string] $_.RoleAssigneeName -eq $id -and -not ([string] $_.Name).StartsWith($Prefix) })) {
  Write-Warning "The app also has the role $($assignment.Role) by '$($assignment.Name)', which this script did not make: Remove-ManagementRoleAssignment if that is not meant."
}
Show-RightsOfEntra $id
if ($WhatIfPreference) { return }
Confirm-Access $id $TestMailbox $true $roles
Confirm-Access $id $ClosedMailbox $false $roles
if ($changes -eq 0) { 'Nothing to change: everything is there already.' } else { 'Graph goes by it after 30 minutes to two hours. Test-ServicePrincipalAuthorization tells at once.' }
