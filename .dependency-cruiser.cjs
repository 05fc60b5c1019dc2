/** The table of docs/architecture.md: who may import whom. CI holds it. */
const own = (name) => `^shared/${name}/`;
const only = (name, from, allowed) => ({ name, severity: 'error', from: { path: from }, to: { path: '^(shared|functions|local|test|bench)/', pathNot: allowed } });

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^@azure/functions-core$|microsoft-graph-types' } },
    only('model', own('model'), [own('model')]),
    only('config', own('config'), [own('model'), own('config')]),
    only('sync', own('sync'), [own('model'), own('config'), own('sync')]),
    only('jobs', own('jobs'), [own('model'), own('config'), own('sync'), own('jobs'), own('ops')]),
    ...['graph', 'crm', 'state'].map((adapter) => only(adapter, own(adapter), [own('model'), own('config'), '^shared/sync/(ports|failures)\\.ts$', '^shared/jobs/ports\\.ts$', own(adapter), own('ops')])),
    only('ops', own('ops'), [own('model'), own('config'), own('ops')]),
    only('probe', own('probe'), [own('model'), own('config'), '^shared/sync/(ports|failures)\\.ts$', '^shared/jobs/ports\\.ts$', own('graph'), own('crm'), own('probe'), '^shared/compose\\.ts$']),
    { name: 'nothing-needs-the-probe', severity: 'error', from: { path: '^(shared|functions|local)/', pathNot: own('probe') }, to: { path: own('probe') } },
    only('functions', '^functions/', ['^functions/', own('model'), '^shared/config/names\\.ts$', own('jobs'), own('ops'), '^shared/compose\\.ts$']),
    only('simulators', '^local/(graph|crm|host|entra)/', ['^local/\\1/', '^local/$1/']),
    only('local', '^local/(state|demo|playground)/', ['^local/', own('model/time'), '^shared/config/names\\.ts$', '^shared/sync/(ports|failures)\\.ts$', '^shared/jobs/ports\\.ts$']),
    { name: 'not-to-tests', severity: 'error', from: { path: '^(shared|functions|local)/' }, to: { path: '^(test|bench)/' } },
    { name: 'no-dev-packages-in-the-product', severity: 'error', from: { path: '^(shared|functions)/', pathNot: '\\.mjs$' }, to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'], extensions: ['.ts', '.mjs', '.js', '.json'] },
  },
};
