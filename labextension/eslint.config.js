const js = require('@eslint/js');
const importX = require('eslint-plugin-import-x');
const hooks = require('eslint-plugin-react-hooks');
const ts = require('typescript-eslint');

module.exports = ts.config(
  {
    ignores: [
      'lib',
      'node_modules',
      'coverage',
      'src/api/schema.ts',
      'style',
      '*.config.js',
      'report-libraries.js'
    ]
  },
  js.configs.recommended,
  ...ts.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: __dirname }
    },
    plugins: { 'react-hooks': hooks, 'import-x': importX },
    settings: {
      'import-x/extensions': ['.ts', '.tsx'],
      'import-x/resolver-next': [importX.createNodeResolver({ extensions: ['.ts', '.tsx', '.js'] })]
    },
    rules: {
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      // Modules that need each other are one thing, or a third is missing between them.
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      curly: 'error',
      'no-console': ['error', { allow: ['warn', 'error'] }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { attributes: false } }
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // Lumino's signals take a method and its object apart.
      '@typescript-eslint/unbound-method': 'off',
      // Lumino and JupyterLab merge namespaces with classes, and so may we.
      '@typescript-eslint/no-namespace': 'off'
    }
  },
  {
    // What expect and jest.fn give is of any type.
    files: ['src/**/*.spec.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off'
    }
  },
  {
    // Only plug-ins know the application.
    files: ['src/panels/**', 'src/forms/**', 'src/api/**'],
    rules: { 'no-restricted-imports': ['error', { paths: ['@jupyterlab/application'] }] }
  },
  {
    // A model is plain state: it can be tested, and used again, without a renderer.
    files: ['src/**/model.ts', 'src/drive.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: ['react', '@jupyterlab/ui-components', '@jupyterlab/application'] }
      ]
    }
  }
);
