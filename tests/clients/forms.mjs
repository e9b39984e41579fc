// What a form does with errors: the same for every client.

// fieldErrors answers what is wrong by the form's fields, such as {callDuration: ['…'], 'attachments.0.name': ['…']};
// under '' stands what is about none of them. It takes the errors of a mutation and the argument that the form fills.
export function fieldErrors(errors, argument = 'input') {
  const found = {}
  for (const { message, extensions } of errors) {
    const [first, ...rest] = extensions?.inputPath ?? []
    const field = first === argument ? rest.join('.') : ''
    const text = message.replace(`${extensions?.field}: `, '') // the message begins with the field for other readers
    found[field] = [...(found[field] ?? []), text]
  }
  return found
}

// rowErrors answers what is wrong in a batch, by the row's index and field.
export function rowErrors(results) {
  const found = {}
  for (const { index, errors } of results) {
    for (const { field, message } of errors) found[index] = { ...found[index], [field ?? '']: message }
  }
  return found
}
