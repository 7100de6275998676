// @ts-check
import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { importRule } from './test/rules/import-rule.ts';

/** node:test awaits these itself. */
const NODE_TEST = ['test', 'it', 'suite', 'describe', 'before', 'after', 'beforeEach', 'afterEach'];

const SOURCES = ['{domain,infra,streaming,batch,activities,workflows,serving,bench,test,examples}/**/*.ts'];

export default defineConfig(
  { ignores: ['node_modules/', 'dist/', 'data/', '.cache/', 'coverage/'] },
  {
    files: ['bin/**/*.js', 'eslint.config.js'],
    ...js.configs.recommended,
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
  {
    files: SOURCES,
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { marquee: { rules: { imports: importRule } } },
    rules: {
      'marquee/imports': 'error',
      // A promise that nobody awaits is how streams and workflows lose events.
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', name: NODE_TEST, package: 'node:test' }] },
      ],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // A port's method is async whether or not one adapter of it has something to await.
      '@typescript-eslint/require-await': 'off',
      // Factories return closures: their methods have no `this` to lose.
      '@typescript-eslint/unbound-method': 'off',
      // Typed arrays are read in loops whose bounds are right there.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Flags that another task changes during an await look constant to it.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      'no-control-regex': 'off',
      // What was thrown may be anything, and is shown as well as it can be.
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Node strips types only: use an `as const` object.' },
        { selector: 'TSParameterProperty', message: 'Node strips types only: write the property out.' },
      ],
    },
  },
  {
    files: [
      'infra/**/*.ts',
      'streaming/**/*.ts',
      'batch/**/*.ts',
      'activities/**/*.ts',
      'workflows/**/*.ts',
      'serving/**/*.ts',
      'domain/**/*.ts',
      'bench/**/*.ts',
      'examples/**/*.ts',
      'test/**/*.ts',
    ],
    ignores: ['infra/config.ts', 'infra/config/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only infra/config.ts reads the environment.' },
      ],
    },
  },
);
