package explorer

import (
	"embed"
	"encoding/json"
	"io/fs"
	"strings"
	"time"
)

//go:embed examples
var exampleFiles embed.FS

// nowMark stands in the variables of an example for the time at which it is opened.
const nowMark = "{now}"

// Example is an operation that the explorer offers. Each succeeds on the demo's sample, and twice; a test runs them.
type Example struct {
	Title     string          `json:"title"`
	About     string          `json:"about"` // one line
	Query     string          `json:"query"`
	Variables json.RawMessage `json:"variables,omitempty"`
}

// Examples returns the examples in the order of the menu. now is the time that their variables name.
func Examples(now time.Time) (examples []Example) {
	names, err := fs.Glob(exampleFiles, "examples/*.graphql")
	if err != nil {
		panic(err) // the pattern is well-formed
	}
	for _, name := range names {
		query, err := exampleFiles.ReadFile(name)
		if err != nil {
			panic(err) // they are in the binary
		}
		base := strings.TrimSuffix(name, ".graphql")
		example := Example{Title: titleOf(base), About: aboutOf(string(query)), Query: string(query)}
		if variables, err := exampleFiles.ReadFile(base + ".json"); err == nil {
			text := strings.ReplaceAll(string(variables), nowMark, now.UTC().Format(time.RFC3339))
			example.Variables = json.RawMessage(text)
		}
		examples = append(examples, example)
	}
	return examples
}

// titleOf returns an example's title, as in "Search calls" for "examples/2-search-calls".
func titleOf(name string) string {
	_, words, _ := strings.Cut(name, "-")
	words = strings.ReplaceAll(words, "-", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}

// aboutOf returns the first sentence of the comment that an operation begins with, without its full stop.
func aboutOf(query string) string {
	var comment []string
	for line := range strings.Lines(query) {
		text, isComment := strings.CutPrefix(line, "#")
		if !isComment {
			break
		}
		comment = append(comment, strings.TrimSpace(text))
	}
	text := strings.TrimSuffix(strings.Join(comment, " "), ".")
	if end := strings.IndexByte(text, '?'); end >= 0 {
		return text[:end+1]
	}
	sentence, _, _ := strings.Cut(text, ". ")
	return sentence
}
