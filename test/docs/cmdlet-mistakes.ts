/** Exchange Online: what pages use of it, with the parameters that its reference gives to these cmdlets. */
const CMDLETS: Readonly<Record<string, readonly string[]>> = {
  'Connect-ExchangeOnline': [],
  'New-ServicePrincipal': ['AppId', 'ObjectId', 'DisplayName'],
  'New-ManagementScope': ['Name', 'RecipientRestrictionFilter'],
  'New-ManagementRoleAssignment': ['App', 'Role', 'CustomResourceScope', 'RecipientGroupScope', 'RecipientAdministrativeUnitScope'],
  'Test-ServicePrincipalAuthorization': ['Identity', 'Resource'],
};

/** Application roles that the connector can use (least permissions: operations.md 2). */
const ROLES = ['Application Calendars.ReadWrite', 'Application MailboxSettings.Read'];

/** One sentence on what is not there in a line of PowerShell, or null. */
export function cmdletMistake(line: string): string | null {
  const command = line.replace(/#.*$/, '').trim();
  if (command === '') return null;
  const [name = ''] = command.split(/\s/, 1);
  const known = CMDLETS[name];
  if (known === undefined) return `nothing is known of ${name}`;
  const bare = command.replace(/"[^"]*"|'[^']*'/g, 'VALUE');
  for (const [, parameter = ''] of bare.matchAll(/\s-(\w+)/g)) if (!known.includes(parameter)) return `${name} knows no -${parameter}`;
  for (const [, role = ''] of command.matchAll(/-Role "([^"]*)"/g)) if (!ROLES.includes(role)) return `the connector has no use for the role ${role}`;
  return null;
}
