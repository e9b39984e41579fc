// The operation in the editors as a text for other programs. Where a key is due, a placeholder stands for it.

import { endpoint } from "./server.js";

/**
 * snippets are functions by the names of the menu. Each returns the text for an operation
 * {query, variables, operationName, definition}; needsKey says whether a key is due.
 */
export const snippets = {
  "curl": curl,
  "JavaScript fetch": fetchCall,
  "Power Query M": powerQuery,
  "Grafana Infinity": infinity,
};

function requestOf({ query, variables, operationName }) {
  return { query, variables, operationName }; // JSON leaves out what is undefined
}

const isSubscription = (operation) => operation.definition.operation === "subscription";

/** curl is for a POSIX shell; the key is in the variable CALLBOOK_KEY. */
function curl(operation, needsKey) {
  const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const lines = [
    `curl ${isSubscription(operation) ? "-N " : ""}${quote(endpoint)}`,
    "-H 'Content-Type: application/json'",
  ];
  if (isSubscription(operation)) lines.push("-H 'Accept: text/event-stream'");
  if (needsKey) lines.push('-H "Authorization: Bearer $CALLBOOK_KEY"');
  lines.push(`-d ${quote(JSON.stringify(requestOf(operation)))}`);
  return lines.join(" \\\n  ");
}

function fetchCall(operation, needsKey) {
  const template = "`" + operation.query.replace(/[\\`]|\$\{/g, "\\$&") + "`";
  const { variables, operationName } = operation;
  const body = [`    query: ${template},`];
  if (variables) body.push(`    variables: ${JSON.stringify(variables, null, 2).replaceAll("\n", "\n    ")},`);
  if (operationName) body.push(`    operationName: ${JSON.stringify(operationName)},`);
  const headers = ['    "Content-Type": "application/json",'];
  if (isSubscription(operation)) headers.push('    Accept: "text/event-stream",');
  if (needsKey) headers.push('    Authorization: "Bearer YOUR_KEY",');
  return [
    `const response = await fetch(${JSON.stringify(endpoint)}, {`,
    '  method: "POST",',
    "  headers: {",
    ...headers,
    "  },",
    "  body: JSON.stringify({",
    ...body,
    "  }),",
    "});",
    isSubscription(operation)
      ? "for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) console.log(chunk);"
      : "const { data, errors } = await response.json();",
    "",
  ].join("\n");
}

/** powerQuery is for the advanced editor of Excel and Power BI. */
function powerQuery(operation, needsKey) {
  refuseSubscription(operation, "Power Query");
  // A text of M doubles its quotes; #( begins an escape.
  const text = (value) => `"${value.replaceAll("#(", "#(#)(").replaceAll('"', '""')}"`;
  const lines = (value) => value.trimEnd().split("\n").map((line) => `        ${text(line)}`).join(",\n");
  const fields = ["query = Query"];
  const steps = [`    Query = Text.Combine({\n${lines(operation.query)}\n    }, "#(lf)"),`];
  if (operation.variables) {
    const json = JSON.stringify(operation.variables, null, 2);
    steps.push(`    Variables = Json.Document(Text.Combine({\n${lines(json)}\n    }, "#(lf)")),`);
    fields.push("variables = Variables");
  }
  if (operation.operationName) fields.push(`operationName = ${text(operation.operationName)}`);
  const headers = ['#"Content-Type" = "application/json"'];
  if (needsKey) headers.push('Authorization = "Bearer YOUR_KEY"');
  return [
    "// When asked how to sign in, choose Anonymous: the key, where one is due, is in the headers.",
    "let",
    ...steps,
    `    Response = Json.Document(Web.Contents(${text(endpoint)}, [`,
    `        Headers = [${headers.join(", ")}],`,
    `        Content = Json.FromValue([${fields.join(", ")}])`,
    "    ])),",
    "    Data = if Record.HasFields(Response, \"errors\") then error Response[errors]{0}[message] else Response[data]",
    "in",
    "    Data",
    "",
  ].join("\n");
}

/** infinity is a query of Grafana's data source Infinity, as the JSON of a panel has it in targets. */
function infinity(operation, needsKey) {
  refuseSubscription(operation, "Grafana Infinity");
  const { definition, variables } = operation;
  return JSON.stringify({
    refId: "A",
    type: "graphql",
    source: "url",
    format: "table",
    parser: "backend",
    url: endpoint,
    root_selector: rootOf(definition),
    columns: [],
    url_options: {
      method: "POST",
      body_type: "graphql",
      body_content_type: "application/json",
      body_graphql_query: alone(operation),
      body_graphql_variables: JSON.stringify(variables ?? {}),
      headers: needsKey ? [{ key: "Authorization", value: "Bearer YOUR_KEY" }] : [],
      params: [],
      data: "",
    },
  }, null, 2) + "\n";
}

/** rootOf returns the path of the rows in an answer: the first field, and its nodes where it has some. */
function rootOf(definition) {
  const nameOf = (field) => field.alias?.value ?? field.name?.value;
  const field = definition.selectionSet.selections.find((s) => s.kind === "Field");
  if (!field) return "data";
  const nodes = field.selectionSet?.selections.find((s) => s.kind === "Field" && s.name.value === "nodes");
  return ["data", nameOf(field), ...nodes ? [nameOf(nodes)] : []].join(".");
}

/** alone returns a document with one operation, for programs that cannot say which of several they mean. */
function alone({ query, operationName }) {
  if (!operationName) return query;
  const { parse, print, separateOperations } = GraphiQL.GraphQL;
  return print(separateOperations(parse(query))[operationName]);
}

function refuseSubscription(operation, program) {
  if (isSubscription(operation)) throw new Error(`${program} takes no subscriptions.`);
}
