// Opens GraphiQL on this server, with the examples as tabs on the first visit.
(async () => {
  const examples = await (await fetch("explorer/examples.json")).json();
  const root = ReactDOM.createRoot(document.getElementById("explorer"));
  root.render(React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: new URL("graphql", document.baseURI).href }),
    defaultTabs: examples.map((query) => ({ query })),
    visiblePlugin: "Documentation Explorer",
    inputValueDeprecation: true,
    schemaDescription: true,
  }));
})();
