// What the rest of the page does with GraphiQL's editors.

let context; // of GraphiQL's editors, as it was last rendered

/** Editors is a React component that shows nothing, and lets the functions of this module reach the editors. */
export function Editors() {
  context = GraphiQL.React.useEditorContext({ nonNull: true });
  return null;
}

/** current returns the operation at the cursor, else the first. It throws an Error where there is none to be sent. */
export function current() {
  const query = context.queryEditor.getValue();
  const text = context.variableEditor.getValue().trim();
  const { GraphQL } = GraphiQL;
  let document, variables;
  try {
    document = GraphQL.parse(query);
  } catch (err) {
    throw new Error(`The operation has an error: ${err.message}`);
  }
  try {
    variables = text ? JSON.parse(text) : undefined;
  } catch {
    throw new Error("The variables are no JSON.");
  }
  const definitions = document.definitions.filter((d) => d.kind === GraphQL.Kind.OPERATION_DEFINITION);
  if (definitions.length === 0) throw new Error("There is no operation.");
  const place = context.queryEditor.indexFromPos(context.queryEditor.getCursor());
  const definition = definitions.find(({ loc }) => loc.start <= place && place <= loc.end) ?? definitions[0];
  return { query, variables, operationName: definitions.length > 1 ? definition.name?.value : undefined, definition };
}

/**
 * open shows an operation, and its variables where it has some: in the current tab where replaceable says that nothing
 * of the user's is in it, else in a new one.
 */
export function open(query, variables, replaceable) {
  if (!replaceable(context.queryEditor.getValue())) {
    ReactDOM.flushSync(() => context.addTab());
  }
  context.queryEditor.setValue(query);
  context.variableEditor.setValue(variables);
  context.headerEditor?.setValue("");
  context.responseEditor.setValue("");
  const isShown = document.querySelector(".graphiql-editor-tools .active") !== null;
  const button = variables ? "[data-name=variables]" : ".graphiql-toggle-editor-tools";
  if (isShown !== Boolean(variables)) document.querySelector(`.graphiql-editor-tools ${button}`).click();
}
