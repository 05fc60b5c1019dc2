import tseslint from 'typescript-eslint';

/** Type-aware rules only where they find bugs: a promise that nobody awaits is a lost edit. */
export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'Name what you export.' }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['functions/**/*.ts', 'shared/**/*.ts', 'local/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'error' },
  },
  {
    // Time and chance are passed in (docs/architecture.md): that is what makes the simulation tests possible.
    files: ['functions/**/*.ts', 'shared/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', 'setTimeout', 'setInterval', 'fetch'],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Use the clock that is passed in.' },
        { object: 'Math', property: 'random', message: 'Use the random source that is passed in.' },
        { object: 'crypto', property: 'randomUUID', message: 'Use the random source that is passed in.' },
        { object: 'crypto', property: 'subtle', message: 'Its answers come in an order that no seed decides: use the synchronous functions of node:crypto.' },
      ],
    },
  },
  { files: ['shared/compose.ts'], rules: { 'no-restricted-properties': 'off', 'no-restricted-globals': 'off' } },
  { files: ['*.config.ts', 'vitest.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
);
