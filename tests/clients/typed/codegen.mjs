// The configuration of graphql-codegen: its command line reads it, and so does typed/generate.mjs.
export default {
  schema: 'http://127.0.0.1:8080/schema.graphqls',
  documents: 'typed/documents/*.graphql',
  generates: {
    'typed/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        strictScalars: true,
        useTypeImports: true,
        importExtension: '.js',
        scalars: {
          ID: 'string', // numbers of 63 bits are more than JavaScript can count
          DateTime: 'string', // RFC 3339, answered in UTC: new Date(text) reads it
          Date: 'string', // YYYY-MM-DD
          URL: 'string',
          JSON: 'unknown',
          TableRows: 'unknown[][]',
          Upload: { input: 'File', output: 'never' },
        },
      },
    },
  },
}
