// An upload of calls, the same for every client.
export const importCalls = `
  mutation ImportCalls($file: Upload!, $dryRun: Boolean! = false) {
    importCalls(file: $file, options: { dryRun: $dryRun }) { rows created updated unchanged failed errors { line field message } }
  }`

// callFile is a file of calls, one JSON object a line.
export const callFile = (ids) =>
  new File(
    ids.map((id) => JSON.stringify({ id, name: 'from a file' }) + '\n'),
    'calls.jsonl',
    { type: 'application/jsonl' },
  )

// preflight is a header that a form of another site cannot send.
export const preflight = { 'apollo-require-preflight': 'true' }
