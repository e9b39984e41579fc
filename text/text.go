// Package text holds what Callbook does to plain text: folding for searches, search tokens, snippets with highlights,
// telephone digits, masks, and quoting in error messages. It depends on nothing else of Callbook.
package text
