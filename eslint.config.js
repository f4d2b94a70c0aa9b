import hooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

const TYPED = [
  'contract/src/**/*.ts',
  'server/**/*.ts',
  'cli/{src,test}/**/*.ts',
  'bench/**/*.ts',
  'ops/**/*.ts',
  'console/src/**/*.{ts,tsx}',
  'console/test/**/*.{ts,tsx}',
]
const TESTS = ['**/*.test.{ts,tsx}', '**/*.contract.ts', 'server/test/**', 'console/test/**']

export default tseslint.config(
  { ignores: ['**/node_modules/', '**/dist/', '.cache/', 'coverage/', 'bench/results/', 'bootstrap/fixtures/', 'data/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: false } },
  {
    files: TYPED,
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers and ids in messages are what messages are for.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true, allowNullish: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true, ignoreVoidReturningFunctions: true },
      ],
      // An index that the line before proved; the compiler already asks everywhere else (noUncheckedIndexedAccess).
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Ports promise a promise; an adapter that answers at once still keeps the shape.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // The router's redirect is thrown by its design.
      '@typescript-eslint/only-throw-error': [
        'error',
        { allow: [{ from: 'package', package: '@tanstack/router-core', name: 'Redirect' }] },
      ],
      // [...text] is how a string becomes code points.
      '@typescript-eslint/no-misused-spread': ['error', { allow: [{ from: 'lib', name: 'string' }, 'string'] }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false, arguments: false } }],
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: TESTS,
    rules: {
      // A test says what it got; a fake need not be as strict as what it stands for.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  // Two drivers stand behind one row type and answer numbers as bigint or text: these conversions are the point.
  { files: ['server/src/adapters/sql/**/*.ts'], rules: { '@typescript-eslint/no-unnecessary-type-conversion': 'off' } },
  { files: ['cli/{src,test}/**/*.ts', 'bench/**/*.ts', 'server/test/**/*.ts'], rules: { 'no-console': 'off' } },
  { files: ['console/**/*.{ts,tsx}'], ...hooks.configs.flat['recommended-latest'] },
  // It says what the React compiler leaves out, and no compiler runs here.
  { files: ['console/**/*.{ts,tsx}'], rules: { 'react-hooks/incompatible-library': 'off' } },
  {
    files: ['**/*.{js,mjs}', 'capstan', '*.config.ts'],
    extends: [tseslint.configs.strict],
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: 'error',
    },
  },
)
