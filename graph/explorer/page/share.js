// Links that carry an operation in the fragment, which browsers send to no server. They carry no key and no headers.

/** linkTo returns the link to an operation. */
export function linkTo({ query, variables }) {
  const fragment = new URLSearchParams({ query });
  if (variables) fragment.set("variables", JSON.stringify(variables, null, 2));
  return `${new URL(".", document.baseURI).href}#${fragment}`;
}

/** takeShared returns the operation of the page's own fragment, and removes it from the address; undefined without. */
export function takeShared() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const query = fragment.get("query");
  if (!query) return undefined;
  history.replaceState(null, "", location.pathname + location.search);
  return { query, variables: fragment.get("variables") ?? "" };
}
